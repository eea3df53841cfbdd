"""The processes of a stand: started for a fault and always stopped, by id."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from stream_pos.runtime import processes as child_processes

ROOT = Path(__file__).resolve().parents[3]
LOGS = ROOT / "var" / "faults"
_APP = "tests.faults.servers.worker"  # The product's application, with fuses.

Process = subprocess.Popen[bytes]


class TimedOut(Exception):
    """Something did not happen in time."""


def until(event: str, condition: Callable[[], object], seconds: float) -> None:
    """Wait until the condition is true; raise TimedOut on timeout."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimedOut(f"{event}: not within {seconds:.0f} s")
        time.sleep(0.05)


class Processes:
    """The processes that were started and not yet stopped."""

    def __init__(self, stand: str, folder: Path) -> None:
        self._logs = log_path(stand).with_suffix("")
        shutil.rmtree(self._logs, ignore_errors=True)
        self._logs.mkdir(parents=True)
        self._folder = folder
        self._running: list[Process] = []
        self._shared: set[int] = set()  # Process ids.
        self._ready: dict[int, Path] = {}  # Each worker's file, by process id.
        self._count = 0

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> Process:
        """Start a process, from the main thread only: it ends with the starting thread."""
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        return process

    def log_lines(self) -> dict[str, int]:
        """Return the number of lines that the processes of each name have written."""
        return {path.stem: path.read_bytes().count(b"\n") for path in self._logs.glob("*.log")}

    def worker(self, environment: dict[str, str], *, wait: bool = True) -> Process:
        """Start a worker as `serve` does."""
        self._count += 1
        ready = self._folder / f"worker-{self._count}"
        settings = environment | {"FAULTS_READY": str(ready)}
        process = self.start("worker", _ours(child_processes.worker().command), settings)
        self._ready[process.pid] = ready
        if wait:
            self.await_start(process)
        return process

    def await_start(self, worker: Process) -> None:
        """Wait until the worker is ready or has ended."""
        ready = self._ready[worker.pid]
        until("the start of a worker", lambda: ready.exists() or worker.poll() is not None, 60)

    def attempts_by(self, worker: Process) -> int:
        """Return the number of attempts the worker has made."""
        ready = self._ready[worker.pid]
        return ready.stat().st_size if ready.exists() else 0

    def has_paused(self, worker: Process) -> bool:
        """Return True once the worker has come to the step of its FAULTS_PAUSE."""
        return Path(f"{self._ready[worker.pid]}.paused").exists()

    def kill(self, process: Process) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._forget(process)

    def stop(self, process: Process, seconds: float = 15) -> bool:
        """Terminate the process; return False if it had to be killed."""
        process.send_signal(signal.SIGCONT)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            self._forget(process)
            return True
        self.kill(process)
        return False

    def share(self, process: Process) -> None:
        """Let the process live on for later runs."""
        self._shared.add(process.pid)

    def stop_unshared(self) -> None:
        """Stop what belongs to one run only."""
        for process in [one for one in self._running if one.pid not in self._shared]:
            process.kill()  # Harmless if it has ended.
            process.wait()
            self._forget(process)

    def _forget(self, process: Process) -> None:
        if process in self._running:
            self._running.remove(process)

    def stop_all(self) -> None:
        for process in self._running:
            process.kill()  # Harmless if it has ended.
            process.wait()
        self._running = []


def _ours(command: list[str]) -> list[str]:
    return [_APP if part == "stream_pos" else part for part in command]


def output_of(module: str, arguments: list[str], environment: dict[str, str]) -> str:
    """Return the output of `python -m module`; raise CalledProcessError if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    result = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, check=True, timeout=90, capture_output=True
    )
    return result.stdout.decode()


def log_path(stand: str) -> Path:
    """Return the log of the stand's process; its workers log to a folder of the same name."""
    return LOGS / f"{stand.replace(' ', '').lower()}.log"


def is_stopped(process: Process) -> bool:
    """Return True while the process is stopped by a signal; False where /proc does not exist."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> set[int]:
    """Return the ids of all descendants, read from /proc; none where /proc does not exist."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family - {pid}
