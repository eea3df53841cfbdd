"""`manage.py serve` in a separate process, with its own data folder and port."""

import os
import signal
import socket
import sys
import time

import pytest
import requests

from tests.integration.support.receiver import Receiver
from tests.support.processes import (
    EMIT,
    Running,
    command_of,
    descendants,
    environment,
    free_port,
    is_alive,
    is_free,
    manage,
    until,
)

pytestmark = pytest.mark.once


@pytest.fixture
def receiver():
    server = Receiver()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def serve(tmp_path, receiver):
    """Start the system on a port, and stop everything afterwards."""
    started = []
    # Our own loopback calls must not go through a proxy set in the environment.
    env = environment(tmp_path, STREAM_WEBHOOK_URL=receiver.url, http_proxy="http://127.0.0.1:1")

    def start(port):
        started.append(Running("manage.py", "serve", "--port", str(port), env=env))
        assert started[-1].says(f"Stream POS is ready: http://127.0.0.1:{port}"), started[-1].lines
        return started[-1]

    start.env = env
    yield start
    for running in started:
        running.end()


def _get(port, path):
    session = requests.Session()
    session.trust_env = False
    return session.get(f"http://127.0.0.1:{port}{path}", timeout=10)


def _emit(env, note):
    result = manage("shell", "-c", EMIT % note, env=env)
    assert result.returncode == 0, result.stderr


def _worker_pid(running):
    for pid in descendants(running.process.pid):
        if " worker " in command_of(pid):
            return pid
    return None


def test_serve_runs_everything_delivers_and_stops_cleanly(serve, receiver, tmp_path):
    port = free_port()
    running = serve(port)
    assert _get(port, "/healthz").json() == {"status": "alive"}
    assert _get(port, "/readyz").status_code == 200
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0

    _emit(serve.env, "while it runs")
    committed = time.monotonic()
    [webhook] = receiver.wait_for(1, seconds=15)
    assert webhook.at - committed < 5
    assert b"while it runs" in webhook.body

    worker = _worker_pid(running)
    os.kill(worker, signal.SIGKILL)
    restarted = until(
        lambda: _worker_pid(running) not in (None, worker) and _worker_pid(running), 10
    )
    assert restarted
    assert restarted != worker

    children = descendants(running.process.pid)
    assert len(children) >= 4  # The web server and its workers, the worker.
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=15) == 0
    assert not [pid for pid in children if is_alive(pid)]
    assert is_free(port)
    assert running.says("Stream POS has stopped.", 1)
    assert "Traceback" not in "".join(running.lines)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere children check once a second")
def test_a_killed_parent_leaves_no_children_and_a_waiting_event_is_sent_after_restart(
    serve, receiver
):
    port = free_port()
    running = serve(port)
    children = descendants(running.process.pid)
    running.process.kill()
    assert until(lambda: not [pid for pid in children if is_alive(pid)], 5)
    assert until(lambda: is_free(port), 1)

    _emit(serve.env, "while it was down")
    assert receiver.received == []
    serve(port)
    [webhook] = receiver.wait_for(1, seconds=30)
    assert b"while it was down" in webhook.body


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--port", "TAKEN"], 1, "cannot be used"),
        (["--port", "99999"], 2, "from 1 to 65535"),
        (["--host", "no.such.host.invalid"], 1, "cannot be used"),
        (["--port", "0"], 2, "from 1 to 65535"),
        (["--port", "many"], 2, "--port"),
        (["--unknown"], 2, "--unknown"),
    ],
)
def test_unusable_arguments_are_refused_in_one_sentence(tmp_path, arguments, code, sentence):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        replaced = [port if argument == "TAKEN" else argument for argument in arguments]
        result = manage("serve", *replaced, env=environment(tmp_path))
    assert result.returncode == code, result.stderr
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    if code == 1:
        assert len(result.stderr.strip().splitlines()) == 1


def test_an_unreachable_database_is_reported_in_one_sentence(tmp_path):
    unreachable = f"postgres://user:hunter2@127.0.0.1:{free_port()}/name"
    env = environment(tmp_path, DATABASE_URL=unreachable)
    result = manage("serve", "--port", str(free_port()), env=env)
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "The database cannot be used" in result.stderr
    assert "hunter2" not in result.stderr
