"""`python -m tests.fuzz`: send generated and mutated events in two processes, print a table.

A few thousand order events, as many of Stream Events, and as many for the ordering channel; 100,000
of each with LONG=1 in the environment, n with BODIES=n. SEED=n starts at batch n and so repeats a
failure: the content of a batch depends only on its number. PART=1 to 5 sends only order events,
Stream Events, or the channel's events, menu files or requests.
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
_PROCESSES, _PARTS = 2, 5
_SECONDS = 3_600  # Then a process is stopped.
_FAILURE = ROOT / "var" / "fuzz.txt"
_STATUSES = ("200", "201", "400", "401", "404", "5xx")


def main() -> int:
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # Unwinds, so that the processes are stopped.
    default = _LONG if os.environ.get("LONG") == "1" else _SHORT
    bodies, seed = _number("BODIES", default), _number("SEED", secrets.randbelow(10**9))
    part = min(_number("PART", 0), _PARTS)
    started = time.monotonic()
    share = -(-bodies // _PROCESSES)
    running = [_Process(seed + number, share, part) for number in range(_PROCESSES)]
    try:
        for process in running:
            process.wait()
    finally:
        for process in running:
            process.stop()
    seconds = time.monotonic() - started
    return _report(running, bodies if part else 3 * bodies, seed, seconds)


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        sys.stderr.write(f"{name}={value}: write a whole number.\n")
        sys.exit(2)
    return int(value)


class _Process:
    """A process with its own database, and its reports so far."""

    def __init__(self, seed: int, bodies: int, part: int) -> None:
        self.table: dict[str, dict[str, int]] = {}
        self.memory: list[int] = []  # After the first batch and after the last, in MB.
        self.failure = ""
        command = [sys.executable, "-m", "tests.fuzz.worker", "--seed", str(seed)]
        command += ["--step", str(_PROCESSES), "--bodies", str(bodies), "--part", str(part)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._errors: list[str] = []
        readers = (self._read_reports, self._read_errors)
        self._threads = [threading.Thread(target=read, daemon=True) for read in readers]
        for thread in self._threads:
            thread.start()

    def _read_reports(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            report = json.loads(line)
            self.table = report.get("table", self.table)
            self.memory = report.get("memory", self.memory)
            if "broken" in report:
                again = f"SEED={report['seed']} PART={report['part']} make fuzz"
                self.failure = f"{report['broken']}\nRepeat it: {again}"

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    def wait(self) -> None:
        try:
            code = self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self.failure = self.failure or "The process timed out and was stopped."
            return
        for thread in self._threads:
            thread.join(10)
        if code and not self.failure:
            self.failure = f"The process exited with {code}:\n{''.join(self._errors[-30:])}"

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _report(running: list[_Process], bodies: int, seed: int, seconds: float) -> int:
    table = _sum(process.table for process in running)
    reasons, outcomes = table.pop("reasons", Counter()), table.pop("outcomes", Counter())
    sent = sum(row["bodies"] for row in table.values())
    _print(f"\n{_formatted(table)}\n")
    _print(f"Outcomes: {_listed(outcomes)}.")
    _print(f"Refusals by section or code: {_listed(reasons)}.")
    grown = ", ".join(" to ".join(map(str, process.memory)) for process in running)
    _print(f"Memory of each process, in MB: {grown}.")
    failures = [process.failure for process in running if process.failure]
    if sent < bodies and not failures:
        failures.append(f"Only {sent} of {bodies} bodies were sent.")
    if failures:
        _FAILURE.parent.mkdir(exist_ok=True)
        _FAILURE.write_text("\n\n".join(failures))
        _print(
            "\nFAILED\n"
            + "\n\n".join(failures)
            + f"\nThis is also in {_FAILURE.relative_to(ROOT)}."
        )
    _print(f"{sent:,} bodies in {seconds:.0f} s, seed {seed}.")
    return 1 if failures else 0


def _sum(tables: Any) -> dict[str, Counter[str]]:
    total: dict[str, Counter[str]] = {}
    for table in tables:
        for kind, row in table.items():
            total.setdefault(kind, Counter()).update(row)
    return total


def _formatted(table: dict[str, Counter[str]]) -> str:
    names = ["bodies", *_STATUSES, "other"]
    rows = [["body", *names]]
    total: Counter[str] = sum(table.values(), Counter())
    for kind, row in [*sorted(table.items()), ("all", total)]:
        rest = row["bodies"] - sum(row[name] for name in _STATUSES)
        rows.append([kind, *(f"{row[name]:,}" for name in names[:-1]), f"{rest:,}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "none"


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
