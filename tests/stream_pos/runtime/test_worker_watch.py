"""A worker that stands still is ended; on SQLite its lock would stop every order."""

import json
import os
import signal
import sqlite3
import sys
import time

import pytest
import requests

from stream_pos.runtime import worker_watch
from stream_pos.runtime.processes import Child
from stream_pos.runtime.worker_watch import WorkerWatch
from tests.support.processes import (
    ROOT,
    Running,
    command_of,
    descendants,
    environment,
    free_port,
    manage,
    until,
)

pytestmark = pytest.mark.once

BEATING = "from stream_pos.runtime import pulse; pulse.start(); import time; time.sleep(60)"
SILENT = "import time; time.sleep(60)"
RESTAURANT = """
import json
from tests.faults.service.restaurant import Restaurant
one = Restaurant()
calls = [one.call(number) for number in range(500)]
print(json.dumps([[c.path, c.body.decode(), c.headers] for c in calls]))
"""
# A transaction of the worker's that lasts a second or more, and cannot be taken for another's.
SLOW = """
CREATE TRIGGER slow_for_a_test AFTER UPDATE ON integration_roundrecord
WHEN NEW.name = 'order decisions' BEGIN
  SELECT count(*) FROM (
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000)
    SELECT i FROM n);
END
"""


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(worker_watch, "FROZEN_SECONDS", 3.0)
    started = []

    def start(code):
        child = Child("worker", [sys.executable, "-c", code])
        child.start(ROOT)
        started.append(child)
        return child, WorkerWatch(child)

    yield start
    for child in started:
        child.process.kill()
        child.process.wait()


def _check(watch):
    watch.check()
    return watch


def test_a_frozen_worker_is_ended(watched):
    child, watch = watched(BEATING)
    assert until(lambda: _check(watch)._has_beaten, 20)
    assert not until(lambda: _check(watch) and child.has_ended, 4)
    os.kill(child.process.pid, signal.SIGSTOP)
    assert until(lambda: _check(watch) and child.has_ended, 15)
    assert child.process.returncode == -signal.SIGKILL


def test_a_worker_that_has_not_begun_is_given_its_time(watched):
    child, watch = watched(SILENT)
    assert not until(lambda: _check(watch) and child.has_ended, 5)


def test_time_that_the_supervisor_slept_is_not_held_against_the_worker(watched):
    child, watch = watched(BEATING)
    assert until(lambda: _check(watch)._has_beaten, 20)
    os.kill(child.process.pid, signal.SIGSTOP)
    assert until(lambda: _check(watch)._silent_seconds > 0, 5)
    watch._silent_seconds, watch._checked_at = 0.0, time.monotonic() - 600
    watch.check()
    assert watch._silent_seconds == 3.0
    assert not child.has_ended


def _place(port, calls):
    """Place one order and return the status of its answer."""
    path, body, headers = calls.pop()
    session = requests.Session()
    session.trust_env = False
    url = f"http://127.0.0.1:{port}{path}"
    return session.post(url, data=body, headers=headers, timeout=10).status_code


def _stalled(port):
    session = requests.Session()
    session.trust_env = False
    return session.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json().get("stalled", [])


def _is_locked(database):
    try:
        with sqlite3.connect(database, timeout=0, isolation_level=None) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    return False


def _freeze_with_lock(pid, database):
    """Stop the process in a write transaction of its own."""
    for _ in range(100):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.2)  # Another's short transaction is over by then.
        if _is_locked(database):
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.1)
    raise AssertionError("the worker never held the lock")


def _worker(running):
    found = [pid for pid in descendants(running.process.pid) if " worker " in command_of(pid)]
    return found[0] if found else None


def _alarms(database):
    with sqlite3.connect(database, timeout=30) as connection:
        query = "SELECT kind, resolved_at IS NOT NULL FROM integration_alarm"
        return connection.execute(query).fetchall()


def test_orders_are_taken_again_after_a_worker_froze_with_the_write_lock(tmp_path):
    env = environment(tmp_path)
    assert manage("migrate", "--verbosity", "0", env=env).returncode == 0
    made = manage("shell", "-c", RESTAURANT, env=env)
    assert made.returncode == 0, made.stderr
    calls = json.loads(made.stdout.strip().splitlines()[-1])
    [database] = tmp_path.glob("*.sqlite3")
    port = free_port()
    running = Running("manage.py", "serve", "--port", str(port), env=env)
    try:
        assert running.says("Stream POS is ready"), running.lines
        assert until(lambda: _place(port, calls) == 200, 20)
        with sqlite3.connect(database, timeout=30) as connection:
            connection.execute(SLOW)
        worker = until(lambda: _worker(running), 20)
        _freeze_with_lock(worker, database)
        frozen_at = time.monotonic()
        assert _place(port, calls) == 503
        assert until(lambda: "order decisions" in _stalled(port), 14)
        with sqlite3.connect(database, timeout=60) as connection:
            connection.execute("DROP TRIGGER slow_for_a_test")
        assert until(lambda: _place(port, calls) == 200, 10)
        assert time.monotonic() - frozen_at < 30
        assert "The worker has stood still for 15 s; ending it." in "".join(running.lines)
        assert _worker(running) != worker
        # The alarm could not be written before.
        assert until(lambda: _alarms(database) == [("stalled", True)], 40)
    finally:
        running.end()
