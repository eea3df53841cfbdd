"""Faults of the database that are caused by SQL, and a disk that is full."""

import time
from contextlib import ExitStack

import psycopg
from psycopg import sql

from tests.faults.servers.small_disk import SmallDisk


def lock_orders(url: str, seconds: float) -> None:
    """Hold the strongest lock on the orders' table."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE orders_order IN ACCESS EXCLUSIVE MODE")
        time.sleep(seconds)


def read_only(url: str, seconds: float) -> None:
    """Make the server refuse writes; connections that are open stay."""
    with psycopg.connect(url, autocommit=True) as connection:
        _set_read_only(connection, "on")
        try:
            time.sleep(seconds)
        finally:
            _set_read_only(connection, "off")


def exhaust(url: str, seconds: float, *, cut: bool) -> None:
    """Take every free connection, again and again; with `cut`, end all others before."""
    deadline = time.monotonic() + seconds
    with ExitStack() as stack, psycopg.connect(url, autocommit=True) as first:
        if cut:
            _cut_others(first)
        while time.monotonic() < deadline:
            try:
                stack.enter_context(psycopg.connect(url, connect_timeout=2))
            except psycopg.OperationalError:
                time.sleep(0.2)


def fill(disk: SmallDisk, seconds: float) -> None:
    """Take the database's disk, and what it frees meanwhile."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            disk.fill()
            time.sleep(0.2)
    finally:
        disk.empty()


def _set_read_only(connection: "psycopg.Connection[tuple[object, ...]]", value: str) -> None:
    connection.execute("SET default_transaction_read_only = off")
    change = sql.SQL("ALTER SYSTEM SET default_transaction_read_only = {}")
    connection.execute(change.format(sql.Literal(value)))
    connection.execute("SELECT pg_reload_conf()")


def _cut_others(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
