"""`make demo`, run from start to finish."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.run import ROOT
from tests.support import services

STEPS = [
    "Running",
    "Sandbox",
    "Signed in",
    "Consented",
    "Tokens",
    "Locations",
    "Catalog",
    "Connected",
    "Order accepted",
    "Sent again",
    "Order refused",
    "Price changed",
    "Webhook arrived",
    "Pulled again",
    "Order followed",
    "Driver assigned",
    "Delivered",
    "Done",
]


@pytest.fixture
def database() -> Iterator[dict[str, str]]:
    """On PostgreSQL, a separate database for the demo; on SQLite, nothing."""
    if "TEST_DATABASE_URL" not in os.environ:
        yield {}
        return
    server, name = services.POSTGRESQL_URL.rpartition("/")[0], f"demo_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield {"DATABASE_URL": f"{server}/{name}"}
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run_demo(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    ours = ("STREAM", "DATABASE_URL")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "stream_pos.demo", "--once"],
        cwd=ROOT,
        env=inherited | {"STREAM_POS_DATA_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def test_the_demo_completes_every_step_and_exits_with_zero(
    tmp_path: Path, database: dict[str, str]
) -> None:
    result = run_demo(tmp_path, **database)

    steps = [line[2:18].strip() for line in result.stdout.splitlines()]
    assert (result.returncode, result.stderr) == (0, "")
    assert [step for step in steps if step in STEPS] == STEPS


def test_a_demo_that_cannot_start_gives_the_reason_in_one_sentence(tmp_path: Path) -> None:
    result = run_demo(tmp_path, DEBUG="perhaps")

    assert result.returncode == 1
    assert "DEBUG='perhaps': write True or False." in result.stderr
    assert "Traceback" not in result.stderr
