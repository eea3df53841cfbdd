"""`python -m tests.faults [--stand STAND] [FAULT…]`: print the counts and write var/faults.json.

Without names, run a short form of every fault; with LONG=1 in the environment, the full suite. A
stand unavailable on this machine is skipped and named; with REQUIRE_SERVICES=1 it is a failure.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from . import report, stands
from .servers.processes import LOGS, ROOT, log_path

_SECONDS = {False: 900, True: 9000}  # Then a stand is stopped.

Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--stand", choices=list(stands.STANDS), action="append")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="part of a fault's name")
    arguments = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # Unwinds, so that the stands are stopped.
    names = arguments.stand or list(stands.STANDS)
    skipped = {name: reason for name in names if (reason := stands.unavailable_reason(name))}
    is_long = os.environ.get("LONG") == "1"
    started = time.monotonic()
    rows, failures = _run_all(
        [name for name in names if name not in skipped], arguments.faults, is_long
    )
    report.write(ROOT / "var" / "faults.json", rows, skipped, is_long=is_long)
    _print(f"\n{report.table(rows)}\n")
    for name, reason in skipped.items():
        _print(f"Skipped: {name}, because {reason}.")
    for failure in failures:
        _print(failure)
    _print(f"{len(rows)} runs in {time.monotonic() - started:.0f} s; results in var/faults.json.")
    required = os.environ.get("REQUIRE_SERVICES") == "1"
    has_failed = failures or not rows or not all(row["passed"] for row in rows)
    return 1 if has_failed or (skipped and required) else 0


def _run_all(names: list[str], faults: list[str], is_long: bool) -> tuple[list[Row], list[str]]:
    """Run the stands in parallel: a fault spends most of its time waiting."""
    running = [_Stand(name, faults) for name in names]
    deadline = time.monotonic() + _SECONDS[is_long]
    try:
        for stand in running:
            stand.wait(deadline - time.monotonic())
    finally:
        for stand in running:
            stand.stop()
    failures = [stand.failure for stand in running if stand.failure]
    return [row for stand in running for row in stand.rows], failures


class _Stand:
    """A stand's process, with the rows it has reported so far."""

    def __init__(self, name: str, faults: list[str]) -> None:
        self.name = name
        self.rows: list[Row] = []
        self.failure = ""
        LOGS.mkdir(parents=True, exist_ok=True)
        self._log = log_path(name)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.stands", name, *faults],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> None:
        try:
            code = self._process.wait(max(seconds, 1))
        except subprocess.TimeoutExpired:
            self.failure = f"FAILED: {self.name} timed out and was stopped."
            return
        self._reader.join(10)
        if code != 0:
            self.failure = f"FAILED: {self.name} exited with {code}; its log is {self._log}."

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            row: Row = json.loads(line)
            self.rows.append(row)
            _print(report.line(row))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
