"""A web process with short deadlines, on a port of its own."""

import http.client
import socket
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from tests.support.processes import ROOT, environment, free_port, until


class Server:
    def __init__(self, port, process, folder):
        self.port, self.process, self.folder = port, process, folder

    def open(self, data=b""):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(data)
        return connection

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def is_up(self):
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    @property
    def notes(self):
        path = self.folder / "notes"
        return path.read_text().split() if path.exists() else []


_SETTINGS = {
    "REQUEST_BODY_SECONDS": "1",
    "REQUEST_WAIT_SECONDS": "0.4",
    "RATE_LIMIT_ADDRESS_PER_SECOND": "60",
    "REQUESTS_UNFINISHED_PER_ADDRESS": "50",
}


@contextmanager
def running(folder, **settings):
    """Start a web process with these settings, and stop it in the end."""
    port = free_port()
    site = "tests.stream_pos.door.support.site:door"
    command = [sys.executable, "-m", "stream_pos.door", "--port", str(port), "--workers", "1", site]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder, **settings))
    server = Server(port, process, folder)
    try:
        assert until(server.is_up, 30)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("door"), **_SETTINGS) as server:
        yield server


@pytest.fixture
def server_behind_a_proxy(tmp_path):
    """A server that trusts this machine's X-Forwarded-For."""
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT_ADDRESS_PER_SECOND": "5"}
    with running(tmp_path, **settings) as server:
        yield server


@pytest.fixture(scope="module")
def proxied_server(tmp_path_factory):
    """A server that believes what this machine's proxies say of their clients."""
    settings = {**_SETTINGS, "TRUSTED_PROXIES": "127.0.0.1"}
    with running(tmp_path_factory.mktemp("door"), **settings) as server:
        yield server
