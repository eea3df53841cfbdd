"""`python -m tests.faults [--stand STAND] [FAULT…]`: one table of counts, and var/faults.json.

Without names a short form of everything; with LONG=1 in the environment the whole. A stand that
this machine does not have is named and skipped; with REQUIRE_SERVICES=1 that is a failure.
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
from .servers.processes import LOGS, ROOT, log_of

_SECONDS = {False: 900, True: 3600}  # After that a stand is stopped.

Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--stand", choices=list(stands.STANDS), action="append")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="part of a fault's name")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that the stands are stopped.
    names = arguments.stand or list(stands.STANDS)
    skipped = {name: why for name in names if (why := stands.missing(name))}
    is_long = os.environ.get("LONG") == "1"
    began = time.monotonic()
    rows, failures = _all(
        [name for name in names if name not in skipped], arguments.faults, is_long
    )
    report.write(ROOT / "var" / "faults.json", rows, skipped, is_long=is_long)
    _say(f"\n{report.table(rows)}\n")
    for name, why in skipped.items():
        _say(f"Skipped: {name}, because {why}.")
    for failure in failures:
        _say(failure)
    _say(f"{len(rows)} runs in {time.monotonic() - began:.0f} s; written to var/faults.json.")
    required = os.environ.get("REQUIRE_SERVICES") == "1"
    bad = failures or not rows or not all(row["passed"] for row in rows)
    return 1 if bad or (skipped and required) else 0


def _all(names: list[str], faults: list[str], is_long: bool) -> tuple[list[Row], list[str]]:
    """The stands stand side by side: most of a fault's time is waiting."""
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
    """A stand's process, and the rows it has given so far."""

    def __init__(self, name: str, faults: list[str]) -> None:
        self.name = name
        self.rows: list[Row] = []
        self.failure = ""
        LOGS.mkdir(parents=True, exist_ok=True)
        self._log = log_of(name)
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
            self.failure = f"FAILED: {self.name} took too long and was stopped."
            return
        self._reader.join(10)
        if code != 0:
            self.failure = f"FAILED: {self.name} ended with {code}; its log is {self._log}."

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
            _say(report.line(row))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
