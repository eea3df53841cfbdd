"""Starts the processes of a benchmark and stops them again, each by its id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.results.measures import NotMeasured

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "var" / "bench"
_STOP_SECONDS = 8
Condition = Callable[[], bool]


@contextmanager
def running(
    name: str, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m …` beside us, with a log of its name; it is stopped at the end in any case."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with log_of(name).open("ab") as log:
        process = subprocess.Popen(  # Our own modules only.
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; its children are in its group.
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Asks it to end; after some seconds it and whatever it started are killed."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Not waited for yet, so the number is still its own.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def output_of(name: str, *arguments: str, seconds: float) -> str:
    """What `python -m …` writes. Raises NotMeasured when it fails or takes too long."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with log_of(name).open("ab") as log:
        process = subprocess.Popen(  # Our own modules only.
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            written, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"{name} took longer than {seconds:.0f} s.") from None
        finally:
            stop(process)
    if process.returncode != 0:
        raise NotMeasured(f"{name} failed; its log is {log_of(name)}.")
    return written.decode()


def log_of(name: str) -> Path:
    return LOGS / f"{name}.log"


def wait_for(
    what: str, condition: Condition, seconds: float, *, look_every_seconds: float = 0.05
) -> float:
    """Returns the time (as of time.time) at which it was met. Raises NotMeasured if it is not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return time.time()
        time.sleep(look_every_seconds)
    raise NotMeasured(f"{what} did not happen within {seconds:.0f} s; the logs are in {LOGS}.")
