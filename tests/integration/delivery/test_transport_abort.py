"""Aborting an exchange from another thread, at any stage."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration.outbound_http import connections
from tests.integration.support.exchanges import exchange, send
from tests.integration.support.raw_server import (
    OK,
    RawServer,
    answering,
    dripping,
    eventually,
    serving,
    silent,
)

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _limits(settings):
    """Set timeouts so long that an early end means an abort."""
    settings.WEBHOOK_TIMEOUT_SECONDS = (120, 120)
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = True


@pytest.fixture
def server():
    server = RawServer(lambda connection: None)
    yield server
    server.stop()


def aborted(attempt, *, when):
    """Run an exchange, abort it as soon as `when` returns True, and return its answer."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(attempt.run)
        assert eventually(when)
        time.sleep(0.05)  # It is probably waiting by then.
        attempt.abort()
        attempt.abort()
        return future.result(timeout=30)


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [(b"", b""), (b"H", b"x"), (b"HTTP/1.1 200 O", b"K"), (b"HTTP/1.1 200 OK\r\na: b", b"b")],
)
def test_a_missing_head_can_be_aborted(server, beginning, drop):
    server.behave = dripping(server, beginning, drop)
    answer = aborted(exchange(server.url), when=lambda: bool(server.requests))
    assert (answer.status_code, answer.error) == (None, "The answer took too long.")
    assert answer.headers.startswith("Host: ")


def test_stuck_sending_can_be_aborted(server):
    server.behave = silent(server)
    attempt = exchange(server.url, body="x" * 50_000_000)
    answer = aborted(attempt, when=lambda: server.accepted == 1)
    assert answer.error == "The answer took too long."


def test_a_missing_tls_handshake_can_be_aborted(server):
    server.behave = silent(server)
    url = server.url.replace("http:", "https:")
    answer = aborted(exchange(url), when=lambda: server.accepted == 1)
    assert answer.error == "The answer took too long."


def test_an_unaccepted_connection_can_be_aborted(swallowing):
    answer = aborted(exchange(f"http://127.0.0.1:{swallowing}/"), when=lambda: True)
    assert answer.error == "The answer took too long."


def test_an_unaccepted_connection_times_out(swallowing, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.3, 120)
    answer = send(f"http://127.0.0.1:{swallowing}/")
    assert answer.error == "127.0.0.1 did not accept the connection in time."


def test_a_missing_tls_handshake_times_out(server, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.3, 120)
    server.behave = silent(server)
    answer = send(server.url.replace("http:", "https:"))
    assert answer.error == "127.0.0.1 did not finish the TLS handshake in time."


def test_an_unresponsive_address_leaves_time_for_the_next(swallowing, monkeypatch, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (2, 120)
    server = RawServer(lambda connection: None, host="127.0.0.2", port=swallowing)
    server.behave = answering(server, OK)
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, **kwargs: (
            real("127.0.0.1", port, **kwargs) + real("127.0.0.2", port, **kwargs)
        ),
    )
    allowed = []
    monkeypatch.setattr(
        connections.DeadlineSocket,
        "settimeout",
        lambda sock, seconds: allowed.append(seconds) or socket.socket.settimeout(sock, seconds),
    )
    answer = send(f"http://hooks.example.com:{swallowing}/")
    server.stop()
    assert answer.status_code == 200
    assert 0.5 < allowed[0] <= 1  # Half of the connect timeout.


def test_an_answer_received_before_the_abort_counts(server):
    attempt = exchange(server.url)

    def behave(connection):
        server.request(connection)
        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n")
        attempt.abort()
        server.stopping.wait(60)

    server.behave = behave
    answer = attempt.run()
    assert (answer.status_code, answer.error) == (202, "")


@pytest.mark.parametrize("is_kept", [False, True])
def test_an_exchange_aborted_before_it_begins_sends_nothing(is_kept):
    for server in serving(OK):
        if is_kept:
            send(server.url)
        before = len(server.requests)
        attempt = exchange(server.url)
        attempt.abort()
        assert attempt.run().error == "The answer took too long."
        assert len(server.requests) == before


def test_no_other_secret_is_tried_after_an_abort(server):
    attempt = exchange(server.url, "old-secret", "new-secret")

    def refuse(connection):
        server.request(connection)
        attempt.abort()
        connection.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")

    server.behave = refuse
    assert attempt.run().error == "The answer took too long."
    assert len(server.requests) == 1


def test_a_finished_exchange_no_longer_holds_the_connection():
    """A late abort must not end the exchange that has the connection now."""
    for server in serving(OK):
        first = exchange(server.url)
        assert first.run().is_success
        first.abort()
        assert send(server.url).is_success
        assert server.accepted == 1


@pytest.fixture
def swallowing():
    """Provide a port that accepts no connections, because its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        yield port
        for sock in waiting:
            sock.close()
