"""A PostgreSQL cluster of our own, which may be crashed: the machine's own is other people's."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from stream_pos.runtime.parent_death import die_with_parent

from .processes import LOGS, free_port, until

_USER = "postgres"


class NotHere(Exception):
    """Why there can be no such cluster on this machine."""


class Cluster:
    """Running, with durable commits, until `end`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._folder = folder
        self._user = _USER if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root.
        self._port = free_port()
        self.url = f"postgres://{_USER}@127.0.0.1:{self._port}/{_USER}"
        self._make()
        self._process = self._started()

    def restart(
        self, away_seconds: float = 0, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """An immediate stop is a crash: nothing is written but what is in the log."""
        self._stop()
        meanwhile()
        time.sleep(away_seconds)
        self._process = self._started()

    def end(self) -> None:
        self._stop()

    def _make(self) -> None:
        initdb = [str(self._programs / "initdb"), "--pgdata", str(self._data)]
        settings = ["--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale"]
        subprocess.run(
            [*initdb, *settings], user=self._user, check=True, capture_output=True, cwd=self._folder
        )

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self._port)]
        here = ["-c", f"unix_socket_directories={self._folder}", "-c", "listen_addresses=127.0.0.1"]
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / "cluster.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, *here, "-c", "fsync=on"],
                user=self._user,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,  # Called from one thread at a time; it starts none.
            )
        until("the start of the cluster", self._answers, 60)
        return process

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # As `pg_ctl stop -m immediate` does.
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running() -> Iterator[Cluster]:
    """Raises NotHere."""
    programs = programs_folder()
    folder = Path(tempfile.mkdtemp(prefix="faults-cluster-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        cluster = Cluster(programs, folder)
        try:
            yield cluster
        finally:
            cluster.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs_folder() -> Path:
    """Where initdb and postgres are. Raises NotHere."""
    on_path = shutil.which("initdb")
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *([Path(on_path).parent] if on_path else []),
    ]
    for folder in sorted(folders, key=lambda one: one.parent.name, reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            break
    else:
        raise NotHere("the programs of PostgreSQL (initdb, postgres) are not on this machine")
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(_USER)
        except KeyError as error:
            raise NotHere(f"there is no user {_USER} to run PostgreSQL as") from error
    return folder
