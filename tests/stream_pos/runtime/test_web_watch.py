"""A web server that no longer answers is ended, and the supervisor starts it again."""

import os
import signal
import sys

import pytest

from stream_pos.runtime import web_watch
from stream_pos.runtime.processes import Child
from tests.support.processes import free_port, until

pytestmark = pytest.mark.once

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def watched(tmp_path, monkeypatch):
    monkeypatch.setattr(web_watch, "FROZEN_SECONDS", 1.0)
    monkeypatch.setattr(web_watch, "_INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(web_watch, "_TIMEOUT_SECONDS", 0.3)
    port = free_port()
    child = Child("web", [sys.executable, "-c", SERVER, str(port)])
    said = []
    watch = web_watch.WebWatch(f"http://127.0.0.1:{port}", child, lambda: said.append("ready"))
    child.start(tmp_path)
    yield child, watch, said
    child.process.kill()
    child.process.wait()


def check(watch):
    watch.check()
    return watch


def test_a_frozen_server_is_ended_and_readiness_is_said_once(watched, tmp_path):
    child, watch, said = watched
    assert until(lambda: check(watch) and said, 10)
    os.kill(child.process.pid, signal.SIGSTOP)
    assert until(lambda: check(watch) and child.has_ended, 15)
    assert child.process.returncode == -signal.SIGKILL

    child.start(tmp_path)
    assert until(lambda: check(watch)._answered_at is not None, 10)
    assert said == ["ready"]


def test_a_server_that_never_answered_is_given_its_time(watched):
    child, watch, said = watched
    os.kill(child.process.pid, signal.SIGSTOP)
    assert not until(lambda: check(watch) and child.has_ended, 3)
    assert said == []
