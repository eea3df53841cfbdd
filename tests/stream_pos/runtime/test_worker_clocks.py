"""Real workers without a broker: they run their rounds, and one replaces another."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.support.processes import Running, environment, manage, until

pytestmark = pytest.mark.once

_ORDER = """
from datetime import timedelta
from django.utils import timezone
from catalog.models import Location
from orders.models import Order
from tests.orders.support.deferred_orders import pending
pending(Location.objects.first())
Order.objects.update(created_at=timezone.now() - timedelta(seconds=46))
"""
_WORKER = ["-m", "celery", "-A", "stream_pos", "worker", "-P", "threads", "-c", "2"]


def _record(folder: Path, name: str) -> tuple[str, str] | None:
    [path] = folder.glob("*.sqlite3")
    with sqlite3.connect(path) as database:
        query = "SELECT holder, last_beat_at FROM integration_roundrecord"
        query += " WHERE name = ? AND last_beat_at IS NOT NULL"
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


def test_an_overdue_order_is_decided_while_the_broker_is_away(tmp_path):
    env = environment(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    assert manage("seed_demo", "--json", env=env).returncode == 0
    made = manage("shell", "-c", _ORDER, env=env)
    assert made.returncode == 0, made.stderr
    assert _state(tmp_path) == "pending"
    worker = Running(*_WORKER, env=env)
    try:
        assert until(lambda: _state(tmp_path) == "rejected", 60), worker.lines
    finally:
        worker.end()


def _state(folder: Path) -> str:
    [path] = folder.glob("*.sqlite3")
    with sqlite3.connect(path) as database:
        row: tuple[str] = database.execute("SELECT state FROM orders_order").fetchone()
    return row[0]
