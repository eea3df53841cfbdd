"""Rotating the webhook secret: Stream's header holds one signature, so each is tried in turn."""

import socket
from dataclasses import dataclass, field

import pytest

from integration.webhooks.signing import signature
from tests.integration.support.exchanges import EVENT_ID, send
from tests.integration.support.raw_server import RawServer, sent_headers

pytestmark = pytest.mark.once


@dataclass
class Stream:
    """A receiver that accepts one secret and answers any other with `refusal`."""

    secret: str = "old-secret"
    refusal: int = 401
    server: RawServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = RawServer(self._behave)

    def _behave(self, connection: socket.socket) -> None:
        while request := self.server.request(connection):
            body = request.partition(b"\r\n\r\n")[2]
            expected = signature(body, secret=self.secret, encoding="hex")
            is_good = sent_headers(request)["Stream-Webhook-Signature"] == expected
            status = 200 if is_good else self.refusal
            connection.sendall(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n".encode())

    def posts(self, *secrets: str) -> tuple[int | None, int]:
        """Return the final status and the number of requests."""
        before = len(self.server.requests)
        answer = send(self.server.url, *secrets)
        return answer.status_code, len(self.server.requests) - before


@pytest.fixture
def stream(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = True
    stream = Stream()
    yield stream
    stream.server.stop()


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_refused_signature_is_followed_by_one_with_the_next_secret(stream, refusal):
    stream.refusal = refusal
    stream.secret = "newest-secret"
    assert stream.posts("old-secret", "new-secret", "newest-secret") == (200, 3)
    ids = [sent_headers(request)["webhook-id"] for request in stream.server.requests]
    assert ids == [EVENT_ID] * 3
    assert stream.server.accepted == 1


def test_the_secret_that_worked_comes_first_until_another_one_works(stream):
    secrets = ("old-secret", "new-secret")
    assert stream.posts(*secrets) == (200, 1)
    stream.secret = "new-secret"
    assert stream.posts(*secrets) == (200, 2)
    assert stream.posts(*secrets) == (200, 1)
    stream.secret = "old-secret"
    assert stream.posts(*secrets) == (200, 2)
    assert stream.posts(*secrets) == (200, 1)


def test_a_secret_that_was_refused_like_all_others_is_not_preferred(stream):
    stream.secret = "unknown"
    assert stream.posts("old-secret", "new-secret") == (401, 2)
    stream.secret = "old-secret"
    assert stream.posts("old-secret", "new-secret") == (200, 1)


def test_the_accepted_secret_of_one_receiver_does_not_affect_another(stream, settings):
    other = Stream(secret="new-secret")
    secrets = ("old-secret", "new-secret")
    assert other.posts(*secrets) == (200, 2)
    assert stream.posts(*secrets) == (200, 1)
    other.server.stop()


def test_when_every_secret_is_refused_each_is_tried_once(stream):
    stream.secret = "unknown"
    assert stream.posts("old-secret", "new-secret", "old-secret") == (401, 2)
    assert stream.posts("old-secret") == (401, 1)


@pytest.mark.parametrize("refusal", [302, 400, 404, 410, 500])
def test_another_kind_of_refusal_tries_no_other_secret(stream, refusal):
    stream.secret = "unknown"
    stream.refusal = refusal
    assert stream.posts("old-secret", "new-secret") == (refusal, 1)


def test_the_recorded_signature_is_that_of_the_last_request(stream):
    stream.secret = "new-secret"
    answer = send(stream.server.url, "old-secret", "new-secret")
    last = sent_headers(stream.server.requests[1])["Stream-Webhook-Signature"]
    assert f"Stream-Webhook-Signature: {last[:8]}…" in answer.headers.splitlines()
