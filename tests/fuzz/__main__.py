"""`python -m tests.fuzz`: generated and mutated events over two processes, and one table of counts.

A few thousand bodies; with LONG=1 in the environment 100,000, with BODIES=n so many. SEED=n begins
with the batch n: it repeats a failure, for what a batch sends follows from its number alone.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

from tests.run import ROOT

_SHORT, _LONG = 3_000, 100_000
_PROCESSES = 2
_SECONDS = 3_600  # After that a process is stopped.
_FAILURE = ROOT / "var" / "fuzz.txt"
_STATUSES = ("200", "400", "401", "404", "5xx")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that the processes are stopped.
    usual = _LONG if os.environ.get("LONG") == "1" else _SHORT
    bodies, seed = _number("BODIES", usual), _number("SEED", secrets.randbelow(10**9))
    begun = time.monotonic()
    share = -(-bodies // _PROCESSES)
    running = [_Process(seed + number, share) for number in range(_PROCESSES)]
    try:
        for one in running:
            one.wait()
    finally:
        for one in running:
            one.stop()
    seconds = time.monotonic() - begun
    return _report(running, bodies, seed, seconds)


def _number(name: str, usual: int) -> int:
    said = os.environ.get(name) or str(usual)
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        sys.stderr.write(f"{name}={said}: write a whole number.\n")
        sys.exit(2)
    return int(said)


class _Process:
    """A process with a database of its own, and what it has said so far."""

    def __init__(self, seed: int, bodies: int) -> None:
        self.table: dict[str, dict[str, int]] = {}
        self.failure = ""
        command = [sys.executable, "-m", "tests.fuzz.worker", "--seed", str(seed)]
        command += ["--step", str(_PROCESSES), "--bodies", str(bodies)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._errors: list[str] = []
        readers = (self._read, self._moan)
        self._threads = [threading.Thread(target=read, daemon=True) for read in readers]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            self.table = said.get("table", self.table)
            if "broken" in said:
                self.failure = f"{said['broken']}\nReplay it: SEED={said['seed']} make fuzz"

    def _moan(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    def wait(self) -> None:
        try:
            code = self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self.failure = self.failure or "It took too long and was stopped."
            return
        for thread in self._threads:
            thread.join(10)
        if code and not self.failure:
            self.failure = f"The process ended with {code}:\n{''.join(self._errors[-30:])}"

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _report(running: list[_Process], bodies: int, seed: int, seconds: float) -> int:
    table = _sum(one.table for one in running)
    reasons, outcomes = table.pop("reasons", Counter()), table.pop("outcomes", Counter())
    sent = sum(row["bodies"] for row in table.values())
    _say(f"\n{_drawn(table)}\n")
    _say(f"What became of them: {_listed(outcomes)}.")
    _say(f"Refusals by section or code: {_listed(reasons)}.")
    failures = [one.failure for one in running if one.failure]
    if sent < bodies and not failures:
        failures.append(f"Only {sent} of {bodies} bodies were sent.")
    if failures:
        _FAILURE.parent.mkdir(exist_ok=True)
        _FAILURE.write_text("\n\n".join(failures))
        _say("\nFAILED\n" + "\n\n".join(failures) + f"\nAlso in {_FAILURE.relative_to(ROOT)}.")
    _say(f"{sent:,} bodies in {seconds:.0f} s, seed {seed}.")
    return 1 if failures else 0


def _sum(tables: Any) -> dict[str, Counter[str]]:
    total: dict[str, Counter[str]] = {}
    for table in tables:
        for kind, row in table.items():
            total.setdefault(kind, Counter()).update(row)
    return total


def _drawn(table: dict[str, Counter[str]]) -> str:
    names = ["bodies", *_STATUSES, "other"]
    rows = [["what was sent", *names]]
    total: Counter[str] = sum(table.values(), Counter())
    for kind, row in [*sorted(table.items()), ("all", total)]:
        rest = row["bodies"] - sum(row[name] for name in _STATUSES)
        rows.append([kind, *(f"{row[name]:,}" for name in names[:-1]), f"{rest:,}"])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "nothing"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
