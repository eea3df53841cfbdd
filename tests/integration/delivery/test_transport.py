"""One exchange over a real socket: the request, every kind of answer, the time limits."""

import gzip
import socket
import time

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from integration.delivery.transport import Answer
from integration.outbound_http.connections import DeadlineSocket
from integration.webhooks.endpoints import EXCERPT_BYTES
from tests.integration.support.exchanges import BODY, EVENT_ID, exchange, send
from tests.integration.support.raw_server import (
    OK,
    RawServer,
    dripping,
    sent_headers,
    serving,
    silent,
)

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = True


@pytest.fixture
def server():
    yield from serving(OK)


def test_exactly_these_headers_are_sent(server):
    earliest = int(time.time())
    assert send(server.url).is_success
    headers = sent_headers(server.requests[0])
    assert len(headers.pop("Stream-Webhook-Signature")) == 64
    assert headers.pop("webhook-signature").startswith("v1,")
    assert earliest <= int(headers.pop("webhook-timestamp")) <= time.time()
    assert headers == {
        "Host": f"127.0.0.1:{server.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(BODY.encode())),
        "Accept-Encoding": "identity",
        "User-Agent": "Stream-POS/0.1",
        "webhook-id": EVENT_ID,
    }
    assert server.requests[0].endswith(b"\r\n\r\n" + BODY.encode())


def test_the_recorded_headers_have_truncated_signatures(server):
    answer = send(server.url, "first-secret", "second-secret")
    sent = sent_headers(server.requests[0])
    sent["Stream-Webhook-Signature"] = sent["Stream-Webhook-Signature"][:8] + "…"
    first, second = sent["webhook-signature"].split()
    sent["webhook-signature"] = f"{first[:11]}… {second[:11]}…"
    assert answer.headers == "\n".join(f"{name}: {value}" for name, value in sent.items())


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", b"POST / HTTP/1.1\r\n"),
        ("/a/b?c=d&e=%20f", b"POST /a/b?c=d&e=%20f HTTP/1.1\r\n"),
        ("?c=d", b"POST /?c=d HTTP/1.1\r\n"),
        ("/caf\u00e9#part", b"POST /caf%C3%A9 HTTP/1.1\r\n"),
    ],
)
def test_the_whole_url_is_used_unchanged(server, path, asked):
    send(server.url.removesuffix("/hook") + path)
    assert server.requests[0].startswith(asked)


def test_the_answer_holds_status_excerpt_and_retry_after():
    for server in serving(
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: Fri, 21 Nov 2025 12:00:00 GMT\r\n"
        b"Content-Length: 4\r\n\r\nb\0\xffm"
    ):
        answer = send(server.url)
        assert answer == Answer(
            503, "b\ufffdm", "", "Fri, 21 Nov 2025 12:00:00 GMT", headers=answer.headers
        )
        assert not answer.is_success


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, status):
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {server.url}\r\nContent-Length: 0\r\n\r\n"
    for other in serving(head.encode()):
        answer = send(other.url)
        assert (answer.status_code, answer.error) == (status, "")
        assert len(other.requests) == 1
    assert server.requests == []


def test_nothing_in_the_environment_changes_what_is_sent(server, monkeypatch, tmp_path):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    assert send(server.url).is_success
    assert "Authorization" not in sent_headers(server.requests[0])


def test_an_answer_is_never_decompressed():
    bomb = gzip.compress(b"\0" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    for server in serving(head + bomb):
        answer = send(server.url)
        assert answer.status_code == 200
        assert answer.excerpt == bomb[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\0", "")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "drop", "excerpt"),
    [
        (LONG + b"so far", b"", "so far"),
        (LONG, b"x", "x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x", "x"),
        (CHUNKED + b"6\r\nso far\r\n", b"0", "so far"),  # The size of a chunk, without end.
        (CHUNKED + b"6\r\nso far\r\n0\r\n", b"x: y\r\n", "so far"),  # Trailers without end.
        (CHUNKED, b"1\r\nx\r\n", "x"),
    ],
)
def test_an_endless_body_costs_a_second_and_the_status_counts(beginning, drop, excerpt):
    server = RawServer(lambda connection: None)
    server.behave = dripping(server, beginning, drop)
    began = time.monotonic()
    answer = send(server.url)
    took = time.monotonic() - began
    server.stop()
    assert answer.status_code == 200
    assert answer.excerpt.startswith(excerpt)
    assert 0.9 < took < 15  # One second, and far from the read timeout.


@pytest.mark.parametrize(
    "body", [LONG + b"cut", CHUNKED + b"3\r\ncut", CHUNKED + b"zz\r\n", CHUNKED + b"-5\r\ncut"]
)
def test_the_status_counts_when_the_body_breaks_off(body):
    server = RawServer(lambda connection: None)
    server.behave = lambda connection: server.request(connection) and connection.sendall(body)
    answer = send(server.url)
    server.stop()
    assert answer.status_code == 200
    assert answer.excerpt in ("cut", "")


@pytest.mark.parametrize(
    ("raw_answer", "error"),
    [
        (b"", "The connection was closed before an answer came."),
        (b"HTTP/1.1 200", "The connection was closed before an answer came."),
        (b"HTTP/1.1 200 OK\r\na: b\r\n", "The connection was closed before an answer came."),
        (b"SSH-2.0-x\r\n", r"The answer is not valid HTTP: BadStatusLine('SSH-2.0-x\r\n')"),
        (b"x" * 1000 + b"\r\n", "The answer is not valid HTTP: BadStatusLine('xxxxx"),
        (b"HTTP/1.1 twelve\r\n\r\n", "The answer is not valid HTTP: "),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", "The answer is not valid HTTP: "),
        (b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000, "The answer is not valid HTTP: LineTooLong("),
        (b"HTTP/1.1 " + b"2" * 70_000, "The answer is not valid HTTP: LineTooLong("),
    ],
)
def test_an_invalid_answer_is_described_in_a_sentence(raw_answer, error):
    server = RawServer(lambda connection: None)
    server.behave = lambda connection: server.request(connection) and connection.sendall(raw_answer)
    answer = send(server.url)
    server.stop()
    assert (answer.status_code, answer.excerpt) == (None, "")
    assert answer.error.startswith(error)
    assert len(answer.error) <= 200
    assert answer.headers.startswith("Host: 127.0.0.1:")


@given(
    st.lists(
        st.binary(max_size=40)
        | st.sampled_from([b"HTTP/1.1 200 OK", b"\r\n", b"Content-Length: 5", CHUNKED, OK, b"\0"])
    )
)
@examples(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_comes_back_is_an_answer(settings, pieces):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    server = RawServer(lambda connection: None)
    raw_answer = b"".join(pieces)
    server.behave = lambda connection: server.request(connection) and connection.sendall(raw_answer)
    answer = send(server.url)
    server.stop()
    assert (answer.status_code is None) == bool(answer.error)
    assert "\0" not in answer.error + answer.excerpt + answer.retry_after


def test_a_refused_connection_is_described(server):
    server.stop()
    assert send(server.url).error == "127.0.0.1 cannot be reached: Connection refused."


def test_text_that_cannot_be_encoded_is_described(server):
    answer = exchange(server.url, body='"\ud800"').run()
    assert answer.status_code is None
    assert answer.error.startswith("The event cannot be sent: 'utf-8' codec can't encode")


def test_an_unexpected_error_is_an_answer_too(server, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise RuntimeError("something new")

    monkeypatch.setattr("integration.outbound_http.connections.take_idle", broken)
    answer = send(server.url)
    assert (answer.status_code, answer.error) == (None, "RuntimeError: something new")
    assert "something new" in caplog.text


def test_the_head_of_an_answer_must_come_within_the_read_timeout(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 1)
    for beginning, drop in [
        (b"HTTP", b"/"),
        (b"HTTP/1.1 200 OK\r\n", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b""),
    ]:
        server = RawServer(lambda connection: None)
        server.behave = dripping(server, beginning, drop)
        began = time.monotonic()
        answer = send(server.url)
        took = time.monotonic() - began
        server.stop()
        assert (answer.status_code, answer.error) == (None, "No answer came within 1 seconds.")
        assert 0.9 < took < 15


def test_a_further_byte_does_not_restart_the_timeout(settings, monkeypatch):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 1)
    allowed = []
    monkeypatch.setattr(
        DeadlineSocket,
        "settimeout",
        lambda sock, seconds: allowed.append(seconds) or socket.socket.settimeout(sock, seconds),
    )
    server = RawServer(lambda connection: None)
    server.behave = dripping(server, b"HTTP", b"/")
    send(server.url)
    server.stop()
    assert min(allowed) < 0.5


def test_a_receiver_that_does_not_read_is_abandoned_within_the_read_timeout(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 1)
    server = RawServer(lambda connection: None)
    server.behave = silent(server)
    answer = exchange(server.url, body="x" * 50_000_000).run()
    server.stop()
    assert answer.error == "No answer came within 1 seconds."
