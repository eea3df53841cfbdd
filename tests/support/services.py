"""Which real services this machine has for the tests."""

import os
import shutil
import socket

import psycopg
import pytest
import redis

POSTGRESQL_URL = os.environ.get(
    "TEST_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/stream_pos"
)
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


def available() -> dict[str, bool]:
    return {
        "PostgreSQL": _has_postgresql(),
        "Redis": _has_redis(),
        "Chromium": CHROMIUM is not None,
    }


def require(name: str, is_there: bool | None = None) -> None:
    """Skips the test when the service is away; fails instead where REQUIRE_SERVICES=1 is set."""
    if available()[name] if is_there is None else is_there:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is not there, and REQUIRE_SERVICES=1 says that it must be.")
    pytest.skip(f"{name} is not there")


def answers(host: str, port: int) -> bool:
    """Whether anything listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _has_postgresql() -> bool:
    server = POSTGRESQL_URL.rpartition("/")[0] + "/postgres"
    try:
        psycopg.connect(server, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def _has_redis() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False
