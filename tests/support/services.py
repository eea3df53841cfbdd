"""Real services available to the tests on this machine."""

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


def require(name: str, is_available: bool | None = None) -> None:
    """Skip the test if the service is missing; with REQUIRE_SERVICES=1 fail it instead."""
    if available()[name] if is_available is None else is_available:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is not available, but REQUIRE_SERVICES=1 requires it.")
    pytest.skip(f"{name} is not available")


def answers(host: str, port: int) -> bool:
    """Check that something listens at this address."""
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
