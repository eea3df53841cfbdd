from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from sandbox.config import SandboxConfig
from sandbox.server.server import SandboxServer

from .support.fake_pos import CLIENT_ID, CLIENT_SECRET, EMAIL, PASSWORD, FakePos

WEBHOOK_SECRET = "webhook-secret-of-the-tests"


@dataclass
class Caller:
    """A client of the sandbox's API."""

    server: SandboxServer
    session: requests.Session

    @property
    def url(self) -> str:
        return self.server.sandbox.config.public_url

    def post(self, name: str, **fields: Any) -> requests.Response:
        return self.session.post(f"{self.url}/api/{name}", json=fields, timeout=10)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.url + path, params=query, timeout=10, allow_redirects=False)

    def connect(self) -> dict[str, Any]:
        answer = self.post("connect", email=EMAIL, password=PASSWORD)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def pos() -> Iterator[FakePos]:
    server = FakePos()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_sandbox(pos: FakePos) -> Iterator[Callable[..., Caller]]:
    started: list[Caller] = []

    def make(**changes: Any) -> Caller:
        settings = {
            "pos_url": pos.url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "webhook_secret": WEBHOOK_SECRET,
            "port": 0,
        }
        server = SandboxServer(SandboxConfig(**{**settings, **changes}))
        server.start(poll_seconds=0.01)
        session = requests.Session()
        session.trust_env = False
        started.append(Caller(server, session))
        return started[-1]

    yield make
    for caller in started:
        caller.session.close()
        caller.server.stop()


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Caller]) -> Caller:
    return make_sandbox()
