"""The stands on which faults are run: each is a separate process with its own data and services.

`python -m tests.faults.stands <stand> [FAULT…]` prints one line of JSON per run.
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

from integration.bounded.parent_death import die_with_parent
from tests.support import services

from .receivers.receiver import SECRET, Receiver
from .servers import postgresql_cluster, redis_server
from .servers.processes import Processes
from .stage.stand_names import EMBEDDED, OWN_SERVERS, SERVICES

_MARK = "stream-pos-faults"
_DATABASE = "stream_pos_faults_"  # Followed by the process id.
# Settings inherited from the environment must not affect the runs.
_SETTING_PREFIXES = (
    "STREAM_",
    "REDIS_URL",
    "DATABASE_URL",
    "EMAIL_",
    "OPERATOR_",
    "SECRET_KEY",
    "DEBUG",
)


@dataclass
class Backends:
    """The services of a stand."""

    environment: dict[str, str]
    restart_database: Callable[..., None] | None = None
    restart_broker: Callable[..., None] | None = None
    cluster: postgresql_cluster.Cluster | None = None


def _embedded(stack: ExitStack) -> Backends:
    return Backends({})


def _services(stack: ExitStack) -> Backends:
    return Backends(
        {
            "DATABASE_URL": stack.enter_context(_database(services.POSTGRESQL_URL)),
            "REDIS_URL": stack.enter_context(_redis_database(services.REDIS_URL)),
        }
    )


def _own_servers(stack: ExitStack) -> Backends:
    database = stack.enter_context(postgresql_cluster.running())
    broker = stack.enter_context(redis_server.running())
    environment = {"DATABASE_URL": database.url, "REDIS_URL": broker.url}
    return Backends(environment, database.restart, broker.restart, database)


STANDS = {EMBEDDED: _embedded, SERVICES: _services, OWN_SERVERS: _own_servers}


def unavailable_reason(name: str) -> str:
    """Return why the stand is not available on this machine, or an empty string."""
    if name == SERVICES:
        available = services.available()
        missing = [service for service in ("PostgreSQL", "Redis") if not available[service]]
        return f"{' and '.join(missing)} cannot be reached" if missing else ""
    if name == OWN_SERVERS:
        if shutil.which(redis_server.PROGRAM) is None:
            return f"{redis_server.PROGRAM} is not installed"
        try:
            postgresql_cluster.programs_folder()
        except postgresql_cluster.Unavailable as error:
            return str(error)
    return ""


@contextmanager
def _database(url: str) -> Iterator[str]:
    """Yield a fresh database on that server and drop it at the end."""
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    database = f"{_DATABASE}{os.getpid()}"
    name = sql.Identifier(database)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        _drop_leftovers(connection)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(drop)


def _drop_leftovers(connection: "psycopg.Connection[Any]") -> None:
    """Drop the databases of killed runs, except any still in use."""
    names = connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_DATABASE}%"]
    ).fetchall()
    for (name,) in names:
        if not Path("/proc", name.removeprefix(_DATABASE)).exists():
            with suppress(psycopg.errors.ObjectInUse):
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@contextmanager
def _redis_database(url: str) -> Iterator[str]:
    """Yield an empty database of that server and empty it at the end."""
    for number in range(14, 4, -1):
        database = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        client = redis.Redis.from_url(database, socket_connect_timeout=5)
        # The mark expires within an hour, in case this process is killed.
        if client.dbsize() == 0 and client.set(_MARK, os.getpid(), nx=True, ex=3600):
            break
    else:
        raise RuntimeError("Redis has no empty database from 5 to 14.")
    try:
        yield database
    finally:
        client.flushdb()


def main(name: str, chosen: Sequence[str]) -> None:
    die_with_parent()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # Unwinds, so that everything is stopped.
    for variable in [variable for variable in os.environ if variable.startswith(_SETTING_PREFIXES)]:
        del os.environ[variable]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        backends = STANDS[name](stack)
        os.environ |= _settings(folder) | backends.environment
        _migrate(stack)
        _run(name, chosen, folder, backends, stack)


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


def _run(
    name: str, chosen: Sequence[str], folder: Path, backends: Backends, stack: ExitStack
) -> None:
    from integration.models import Merchant

    from .scenarios import selection
    from .stage.scene import LONG, SHORT, Stand, play

    merchant = Merchant.objects.create(name="Faults", currency="usd")
    receiver, processes = Receiver(), Processes(name, folder)
    stack.callback(receiver.close)
    stack.callback(processes.stop_all)
    stand = Stand(
        name,
        folder,
        merchant.pk,
        receiver,
        processes,
        backends.restart_database,
        backends.restart_broker,
        backends.cluster,
    )
    size = LONG if os.environ.get("LONG") == "1" else SHORT
    for fault in selection.on(name, is_long=size.is_long, chosen=chosen):
        outcome = play(fault, stand, size)
        sys.stdout.write(json.dumps(outcome.as_json()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
