"""The processes of a stand: started for a fault, and stopped by their ids whatever happens."""

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
_APP = "tests.faults.servers.worker"  # The product's own, with the fuses.

Process = subprocess.Popen[bytes]


class TooLate(Exception):
    """Something that must happen did not happen in time."""


def until(what: str, condition: Callable[[], object], seconds: float) -> None:
    """Raises TooLate."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TooLate(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)


class Processes:
    """All that was started and is not stopped yet."""

    def __init__(self, stand: str, folder: Path) -> None:
        self._logs = log_of(stand).with_suffix("")
        shutil.rmtree(self._logs, ignore_errors=True)
        self._logs.mkdir(parents=True)
        self._folder = folder
        self._running: list[Process] = []
        self._scheduler: Process | None = None
        self._ready: dict[int, Path] = {}  # By a worker's id: its file.
        self._count = 0

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> Process:
        """From the main thread: it ends with the thread that started it."""
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

    def worker(self, environment: dict[str, str], *, wait: bool = True) -> Process:
        """A worker as `serve` starts it."""
        self._count += 1
        ready = self._folder / f"worker-{self._count}"
        settings = environment | {"FAULTS_READY": str(ready)}
        process = self.start("worker", _ours(child_processes.worker().command), settings)
        self._ready[process.pid] = ready
        if wait:
            self.await_start(process)
        return process

    def await_start(self, worker: Process) -> None:
        """Until it works, or has ended."""
        ready = self._ready[worker.pid]
        until("the start of a worker", lambda: ready.exists() or worker.poll() is not None, 60)

    def sent_by(self, worker: Process) -> int:
        """How many tries it has made."""
        ready = self._ready[worker.pid]
        return ready.stat().st_size if ready.exists() else 0

    def scheduler(self) -> None:
        """One for all the faults that need it."""
        if self._scheduler is None or self._scheduler.poll() is not None:
            command = _ours(child_processes.scheduler().command)
            self._scheduler = self.start("scheduler", command, {})

    def kill(self, process: Process) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._forget(process)

    def stop(self, process: Process, seconds: float = 15) -> bool:
        """Asks it to end; False when it had to be killed."""
        process.send_signal(signal.SIGCONT)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            self._forget(process)
            return True
        self.kill(process)
        return False

    def _forget(self, process: Process) -> None:
        if process in self._running:
            self._running.remove(process)

    def end_all(self, *, but_the_scheduler: bool = False) -> None:
        kept = [one for one in self._running if but_the_scheduler and one is self._scheduler]
        for process in self._running:
            if process not in kept:
                process.kill()  # Nothing happens to one that has ended.
                process.wait()
        self._running = kept


def _ours(command: list[str]) -> list[str]:
    return [_APP if part == "stream_pos" else part for part in command]


def output_of(module: str, arguments: list[str], environment: dict[str, str]) -> str:
    """What `python -m module` writes. Raises CalledProcessError."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, check=True, timeout=90, capture_output=True
    )
    return done.stdout.decode()


def log_of(stand: str) -> Path:
    """What the stand's own process writes; its workers' logs are in a folder of that name."""
    return LOGS / f"{stand.replace(' ', '').lower()}.log"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> set[int]:
    """All processes below this one, by /proc; none where there is no such folder."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}
