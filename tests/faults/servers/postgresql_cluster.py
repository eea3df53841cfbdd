"""A private PostgreSQL cluster that may be crashed, unlike the machine's own."""

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

from integration.bounded.parent_death import die_with_parent

from . import small_disk
from .processes import LOGS, free_port, until
from .small_disk import SmallDisk

_USER = "postgres"


class Unavailable(Exception):
    """The reason why no cluster can be created on this machine."""


class Cluster:
    """A running cluster with durable commits."""

    def __init__(self, programs: Path, folder: Path, disk: SmallDisk | None = None) -> None:
        self.disk = disk  # Of its data alone; None where no file system can be mounted.
        self._programs = programs
        self._data = folder / "data"
        self._folder = folder
        self._user = _USER if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root.
        self._port = free_port()
        self.url = f"postgres://{_USER}@127.0.0.1:{self._port}/{_USER}"
        self._create()
        self._process = self._start()

    def restart(
        self, away_seconds: float = 0, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Crash the cluster by an immediate stop, which leaves only the WAL, and start it again."""
        self._stop()
        meanwhile()
        time.sleep(away_seconds)
        self._process = self._start()

    def demote(self) -> None:
        """Crash the cluster and start it as a standby, which can be read only."""
        standby = self._data / "standby.signal"
        self.restart(meanwhile=standby.touch)

    def promote(self) -> None:
        """Make the standby a primary again."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def end(self) -> None:
        self._stop()

    def _create(self) -> None:
        initdb = [str(self._programs / "initdb"), "--pgdata", str(self._data)]
        settings = ["--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale"]
        subprocess.run(
            [*initdb, *settings], user=self._user, check=True, capture_output=True, cwd=self._folder
        )

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self._port)]
        options = [
            "-c",
            f"unix_socket_directories={self._folder}",
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_wal_size=192MB",  # The small disk's.
        ]
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / "cluster.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, *options, "-c", "fsync=on"],
                user=self._user,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,  # Safe: one thread at a time, and it starts none.
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
    """Run a cluster; raise Unavailable if that is impossible."""
    programs = programs_folder()
    folder = Path(tempfile.mkdtemp(prefix="faults-cluster-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        with small_disk.mounted(folder, _USER) as disk:
            cluster = Cluster(programs, folder if disk is None else disk.folder, disk)
            try:
                yield cluster
            finally:
                cluster.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs_folder() -> Path:
    """Return the folder of initdb and postgres; raise Unavailable if there is none."""
    on_path = shutil.which("initdb")
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *([Path(on_path).parent] if on_path else []),
    ]
    for folder in sorted(folders, key=lambda path: path.parent.name, reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            break
    else:
        raise Unavailable("the PostgreSQL programs (initdb, postgres) are not installed")
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(_USER)
        except KeyError as error:
            raise Unavailable(f"there is no user {_USER} to run PostgreSQL as") from error
    return folder
