"""A private Redis server that may be killed, unlike the machine's own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from integration.bounded.parent_death import die_with_parent

from .processes import LOGS, free_port, until

PROGRAM = "redis-server"


class Redis:
    """A server without persistence: killing it loses all data."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process = self._start()

    def restart(self, away_seconds: float = 0) -> None:
        self.end()
        time.sleep(away_seconds)
        self._process = self._start()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        program = shutil.which(PROGRAM) or PROGRAM
        command = [program, "--bind", "127.0.0.1", "--port", str(self._port), "--save", ""]
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / "redis.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--appendonly", "no", "--dir", self._folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,  # Safe: one thread at a time, and it starts none.
            )
        until("the start of the private Redis", self._answers, 30)
        return process

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def running() -> Iterator[Redis]:
    with tempfile.TemporaryDirectory(prefix="faults-redis-") as folder:
        server = Redis(folder)
        try:
            yield server
        finally:
            server.end()
