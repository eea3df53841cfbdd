"""Real workers without a broker: they run their rounds, and one replaces another."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.support.processes import Running, environment, manage, until

pytestmark = pytest.mark.once

_WORKER = ["-m", "celery", "-A", "stream_pos", "worker", "-P", "threads", "-c", "2"]


def _record(folder: Path, name: str) -> tuple[str, str] | None:
    [path] = folder.glob("*.sqlite3")
    with sqlite3.connect(path) as database:
        query = "SELECT holder, last_beat_at FROM integration_roundrecord WHERE name = ?"
        row: tuple[str, str] | None = database.execute(query, [name]).fetchone()
    return row


def test_a_frozen_worker_is_replaced_while_the_broker_is_away(tmp_path):
    env = environment(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    assert manage("migrate", "--verbosity", "0", env=env).returncode == 0
    first = Running(*_WORKER, env=env)
    second = None
    try:
        assert until(lambda: _record(tmp_path, "order decisions"), 60), first.lines
        holder, _ = _record(tmp_path, "order decisions") or ("", "")
        second = Running(*_WORKER, env=env)
        before = (_record(tmp_path, "order decisions") or ("", ""))[1]
        assert until(lambda: (_record(tmp_path, "order decisions") or ("", ""))[1] > before, 10)

        os.kill(first.process.pid, signal.SIGSTOP)
        assert until(lambda: (_record(tmp_path, "order decisions") or ("",))[0] != holder, 30)
        os.kill(first.process.pid, signal.SIGCONT)
        replaced_by = (_record(tmp_path, "order decisions") or ("", ""))[0]
        assert replaced_by != holder
    finally:
        first.end()
        if second is not None:
            second.end()
