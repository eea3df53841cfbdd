"""PostgreSQL and Redis for the benchmarks: a temporary database in each."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

DATABASE = "stream_pos_bench"
_MARK = "stream-pos-bench"  # Marks our Redis database, so that the next run recognizes leftovers.
_DURABLE = {"fsync": {"on"}, "synchronous_commit": {"on", "local", "remote_write", "remote_apply"}}


class Refused(Exception):
    """The benchmarks cannot run here; the message says why and what to do."""


@contextmanager
def database() -> Iterator[str]:
    """Yield the URL of a fresh database and drop it at the end; raise Refused if unavailable."""
    server = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(DATABASE))
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            refuse_unless_durable(_settings(connection))
            connection.execute(drop)  # Left behind by a killed run.
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.errors.ObjectInUse as error:
        raise Refused(
            f"Another run is using the database {DATABASE}: wait for it to finish."
        ) from error
    except psycopg.Error as error:
        raise Refused(
            "PostgreSQL is required: start it on 127.0.0.1:5432 or set BENCH_DATABASE_URL"
            f" ({str(error).strip()})."
        ) from error
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{DATABASE}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(drop + sql.SQL(" WITH (FORCE)"))


def _settings(connection: "psycopg.Connection[Any]") -> dict[str, str]:
    query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    return dict(connection.execute(query, [list(_DURABLE)]).fetchall())


def refuse_unless_durable(settings: Mapping[str, str]) -> None:
    """Raise Refused if commits are not durable: the results would be meaningless."""
    for name, good in _DURABLE.items():
        if settings.get(name) not in good:
            raise Refused(
                f"PostgreSQL has {name}={settings.get(name)}, so its commits are not durable:"
                f" set {name}=on."
            )


@contextmanager
def broker() -> Iterator[str]:
    """Yield the URL of an empty Redis database and empty it at the end; raise Refused if none."""
    url = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/15")
    client = redis.Redis.from_url(url, socket_connect_timeout=5)
    try:
        if client.dbsize() and not client.exists(_MARK):
            raise Refused("The Redis database is not empty: set BENCH_REDIS_URL to another one.")
        client.flushdb()
        client.set(_MARK, "1")
    except redis.RedisError as error:
        raise Refused(
            f"Redis is required: start it on 127.0.0.1:6379 or set BENCH_REDIS_URL ({error})."
        ) from error
    try:
        yield url
    finally:
        client.flushdb()
