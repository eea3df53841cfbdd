"""The processes of a running system."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from integration.bounded.parent_death import die_with_parent

from . import pulse


@dataclass
class Child:
    """A supervised process, restarted with a growing delay when it ends."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    pulse: int | None = None  # The reading end of its pulse's pipe.

    def start(self, folder: Path) -> None:
        if self.pulse is not None:
            os.close(self.pulse)
        self.pulse, writing_end = pulse.open_pipe()
        try:
            self.process = subprocess.Popen(  # noqa: S603  # Our own commands only.
                self.command,
                cwd=folder,
                env={**os.environ, pulse.VARIABLE: str(writing_end)},
                pass_fds=[writing_end],
                stdin=subprocess.DEVNULL,
                # Safe between fork and exec: the parent has a single thread.
                preexec_fn=die_with_parent,
            )
        finally:
            os.close(writing_end)

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    @property
    def restart_delay_seconds(self) -> float:
        """The delay before the next restart."""
        return float(min(30, 2 ** min(self.failures, 5) - 1))


def web(host: str, port: int) -> Child:
    """Return the web server: uvicorn behind our door (docs/decisions/0040-uvicorn.md)."""
    size = ["--host", host, "--port", str(port), "--workers", "2"]
    return Child("web", [*_module("stream_pos.door"), *size])


def worker() -> Child:
    command = ["worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Child("worker", [*_celery(), *command, *quiet])


def _celery() -> list[str]:
    return [*_module("celery"), "--quiet", "--app", "stream_pos"]


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]
