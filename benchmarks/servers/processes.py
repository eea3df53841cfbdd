"""Start the processes of a benchmark and stop each one by its id."""

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
    """Run `python -m …` with a log file named after it, and always stop it at the end."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with log_path(name).open("ab") as log:
        process = subprocess.Popen(  # Our own modules only.
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must reach only us; the children share its group.
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Terminate the process; after a few seconds kill it and its children."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Not reaped yet, so the id is still its own.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def output_of(name: str, *arguments: str, seconds: float) -> str:
    """Return the output of `python -m …`; raise NotMeasured if it fails or takes too long."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with log_path(name).open("ab") as log:
        process = subprocess.Popen(  # Our own modules only.
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"{name} took longer than {seconds:.0f} s.") from None
        finally:
            stop(process)
    if process.returncode != 0:
        raise NotMeasured(f"{name} failed; its log is {log_path(name)}.")
    return output.decode()


def log_path(name: str) -> Path:
    return LOGS / f"{name}.log"


def wait_for(
    subject: str, condition: Condition, seconds: float, *, poll_seconds: float = 0.05
) -> float:
    """Return the time (as of time.time) the condition was met; raise NotMeasured on timeout."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return time.time()
        time.sleep(poll_seconds)
    raise NotMeasured(f"{subject} did not happen within {seconds:.0f} s; the logs are in {LOGS}.")
