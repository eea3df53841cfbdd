"""Where the faults take place: each stand is a process of its own, with everything of its own.

`python -m tests.faults.stands <stand> [FAULT…]` prints one JSON object a line for each run.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from stream_pos.runtime.parent_death import die_with_parent
from tests.support import services

from .receivers.receiver import SECRET, Receiver
from .servers import postgresql_cluster, redis_server
from .servers.processes import Processes
from .stage.stand_names import EMBEDDED, OWN_SERVERS, SERVICES

_MARK = "stream-pos-faults"
_DATABASE = "stream_pos_faults_"  # And the number of the process.
# Settings of whoever starts us must not decide what is tried.
_SETTINGS = ("STREAM_", "REDIS_URL", "DATABASE_URL", "EMAIL_", "OPERATOR_", "SECRET_KEY", "DEBUG")


@dataclass
class Ground:
    """What a stand stands on."""

    environment: dict[str, str]
    restart_database: Callable[..., None] | None = None
    restart_broker: Callable[..., None] | None = None


def _embedded(stack: ExitStack) -> Ground:
    return Ground({})


def _services(stack: ExitStack) -> Ground:
    return Ground(
        {
            "DATABASE_URL": stack.enter_context(_database(services.POSTGRESQL_URL)),
            "REDIS_URL": stack.enter_context(_redis_database(services.REDIS_URL)),
        }
    )


def _own_servers(stack: ExitStack) -> Ground:
    database = stack.enter_context(postgresql_cluster.running())
    broker = stack.enter_context(redis_server.running())
    environment = {"DATABASE_URL": database.url, "REDIS_URL": broker.url}
    return Ground(environment, database.restart, broker.restart)


STANDS = {EMBEDDED: _embedded, SERVICES: _services, OWN_SERVERS: _own_servers}


def missing(name: str) -> str:
    """Why the stand cannot be had on this machine; empty when it can."""
    if name == SERVICES:
        there = services.available()
        away = [service for service in ("PostgreSQL", "Redis") if not there[service]]
        return f"{' and '.join(away)} cannot be reached" if away else ""
    if name == OWN_SERVERS:
        if shutil.which(redis_server.PROGRAM) is None:
            return f"the program {redis_server.PROGRAM} is not on this machine"
        try:
            postgresql_cluster.programs_folder()
        except postgresql_cluster.NotHere as error:
            return str(error)
    return ""


@contextmanager
def _database(url: str) -> Iterator[str]:
    """A fresh database on that server; it is dropped at the end."""
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    own = f"{_DATABASE}{os.getpid()}"
    name = sql.Identifier(own)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        _drop_left_behind(connection)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{own}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(drop)


def _drop_left_behind(connection: "psycopg.Connection[Any]") -> None:
    """The databases of runs that were killed; not one that somebody is connected to."""
    names = connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_DATABASE}%"]
    ).fetchall()
    for (name,) in names:
        if not Path("/proc", name.removeprefix(_DATABASE)).exists():
            with suppress(psycopg.errors.ObjectInUse):
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@contextmanager
def _redis_database(url: str) -> Iterator[str]:
    """An empty database of that server, which nobody else uses; it is emptied at the end."""
    for number in range(14, 4, -1):
        own = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        client = redis.Redis.from_url(own, socket_connect_timeout=5)
        # Kept for an hour at most, should we be killed.
        if client.dbsize() == 0 and client.set(_MARK, os.getpid(), nx=True, ex=3600):
            break
    else:
        raise RuntimeError("Redis has no empty database from 5 to 14.")
    try:
        yield own
    finally:
        client.flushdb()


def main(name: str, chosen: Sequence[str]) -> None:
    die_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that everything is stopped.
    for variable in [one for one in os.environ if one.startswith(_SETTINGS)]:
        del os.environ[variable]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        ground = STANDS[name](stack)
        os.environ |= _settings(folder) | ground.environment
        _migrate(stack)
        _run(name, chosen, folder, ground, stack)


def _settings(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "stream_pos.settings",
        "STREAM_POS_DATA_DIR": str(folder / "data"),
        "DATABASE_URL": f"sqlite:///{folder / 'data' / 'stream-pos.sqlite3'}",
        "STREAM_WEBHOOK_SECRET": SECRET,
        "STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS": "5",
        "STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "5",
        "STREAM_WEBHOOK_RETRY_SECONDS": ",".join(["1"] * 60),
        "STREAM_WEBHOOK_BREAKER_FAILURES": "1000",
    }


def _migrate(stack: ExitStack) -> None:
    import django

    django.setup()

    from django.core.management import call_command
    from django.db import connections

    stack.callback(connections.close_all)
    call_command("migrate", verbosity=0)


def _run(name: str, chosen: Sequence[str], folder: Path, ground: Ground, stack: ExitStack) -> None:
    from integration.models import Merchant

    from .scenarios import selection
    from .stage.scene import LONG, SHORT, Place, play

    merchant = Merchant.objects.create(name="Faults", currency="usd")
    receiver, processes = Receiver(), Processes(name, folder)
    stack.callback(receiver.close)
    stack.callback(processes.end_all)
    place = Place(
        name,
        folder,
        merchant.pk,
        receiver,
        processes,
        ground.restart_database,
        ground.restart_broker,
    )
    size = LONG if os.environ.get("LONG") == "1" else SHORT
    for fault in selection.on(name, is_long=size.is_long, chosen=chosen):
        outcome = play(fault, place, size)
        sys.stdout.write(json.dumps(outcome.plain()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
