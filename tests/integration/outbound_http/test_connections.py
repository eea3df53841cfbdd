"""Connections are reused for later events, and never lose one."""

import os
import signal
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration.outbound_http import connections, origins
from tests.integration.support.exchanges import send
from tests.integration.support.raw_server import OK, RawServer, answering, eventually, serving

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    settings.STREAM_WEBHOOK_ALLOW_LOOPBACK = True
    settings.WEBHOOK_CONNECTIONS = 32


@pytest.fixture
def server():
    yield from serving(OK)


@pytest.fixture
def long_idle(monkeypatch):
    """Allow for a loaded machine, which may take long between two events."""
    monkeypatch.setattr(connections, "IDLE_SECONDS", 60)


def idle_of(server):
    origin, _ = origins.parse(server.url)
    return connections._idle.get((origin, True), ())


@pytest.mark.usefixtures("long_idle")
def test_a_connection_is_kept_for_the_next_event(server):
    for _ in range(5):
        assert send(server.url).is_success
    assert (len(server.requests), server.accepted) == (5, 1)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000,
        b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    ],
)
@pytest.mark.usefixtures("long_idle")
def test_it_is_kept_whenever_the_answer_was_read_to_its_end(said):
    for server in serving(said):
        first, second = send(server.url), send(server.url)
        assert first.status_code == second.status_code is not None
        assert server.accepted == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"x" * 90000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
@pytest.mark.usefixtures("long_idle")
def test_it_is_closed_otherwise(said):
    for server in serving(said):
        assert send(server.url).status_code == 200
        assert send(server.url).status_code == 200
        assert server.accepted == 2


def test_interim_answers_are_passed_over_to_the_one_that_counts():
    said = (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 102 Processing\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n" + OK
    )
    for server in serving(said):
        assert send(server.url).status_code == 200
        assert send(server.url).status_code == 200
        assert server.accepted == 1


def test_an_interim_answer_alone_is_none(settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 0.5)
    for server in serving(b"HTTP/1.1 103 Early Hints\r\n\r\n"):
        assert send(server.url).error == "No answer came within 0.5 seconds."


@pytest.mark.usefixtures("long_idle")
def test_nobody_gets_the_answer_to_a_request_that_was_given_up(settings):
    late = threading.Event()
    server = RawServer(lambda connection: None)

    def behave(connection):
        server.request(connection)
        connection.sendall(OK)
        if server.accepted == 1:
            server.request(connection)
            late.wait(20)
            connection.sendall(b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n")

    server.behave = behave
    assert send(server.url).status_code == 200
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 0.5)
    assert send(server.url).error == "No answer came within 0.5 seconds."
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    assert not idle_of(server)
    assert send(server.url).status_code == 200
    late.set()
    assert len(server.requests) == 3
    server.stop()


@pytest.mark.usefixtures("long_idle")
def test_a_connection_that_was_closed_while_idle_costs_no_event():
    server = RawServer(lambda connection: None)
    server.behave = lambda connection: server.request(connection) and connection.sendall(OK)
    for count in range(1, 6):
        assert send(server.url).status_code == 200
        ((kept, _),) = idle_of(server)
        assert eventually(lambda: kept.is_ended())  # noqa: B023  # Run at once.
        assert server.accepted == count
    server.stop()


@pytest.mark.usefixtures("long_idle")
@pytest.mark.parametrize("is_reset", [False, True])
def test_a_connection_that_is_closed_just_as_we_send_costs_no_event(monkeypatch, is_reset):
    """The receiver's end is under way while the request is: it cannot be noticed before."""
    monkeypatch.setattr(connections.Connection, "is_ended", lambda connection: False)
    server = RawServer(lambda connection: None)

    def behave(connection):
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.request(connection)
        connection.sendall(OK)

    server.behave = behave
    for count in range(1, 6):
        assert send(server.url).status_code == 200
        assert len(server.requests) == server.accepted == count
    server.stop()


@pytest.mark.usefixtures("long_idle")
def test_all_kept_connections_may_be_closed_just_as_we_send(monkeypatch):
    monkeypatch.setattr(connections.Connection, "is_ended", lambda connection: False)
    server = RawServer(lambda connection: None)
    server.behave = lambda connection: server.request(connection) and connection.sendall(OK)
    origin, _ = origins.parse(server.url)
    kept = []
    for _ in range(3):
        assert send(server.url).status_code == 200
        kept.append(connections.take_idle(origin))
    for connection in kept:
        connection.is_reusable = True
        connections.put_back(origin, connection)
    assert send(server.url).status_code == 200
    assert len(server.requests) == 4
    server.stop()


@pytest.mark.usefixtures("long_idle")
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2"])
def test_nothing_is_sent_a_third_time_or_after_any_byte_of_an_answer(said):
    server = RawServer(lambda connection: None)

    def behave(connection):
        server.request(connection)
        if server.accepted == 1:
            connection.sendall(OK)
            server.request(connection)
        connection.sendall(said)

    server.behave = behave
    assert send(server.url).status_code == 200
    for _ in range(2):
        assert send(server.url).error == "The connection was closed before an answer came."
    # The second event twice at most, the third, on a fresh connection, once.
    assert len(server.requests) == (3 if said else 4)
    server.stop()


def test_a_connection_that_was_idle_too_long_is_not_used(server, monkeypatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0)
    assert send(server.url).status_code == 200
    assert send(server.url).status_code == 200
    assert server.accepted == 2


@pytest.mark.usefixtures("long_idle")
def test_connections_that_are_idle_too_long_are_closed_though_others_are_used(server):
    ended = threading.Event()
    answer = answering(server, OK)
    server.behave = lambda connection: (answer(connection), ended.set())
    send(server.url)
    origin, _ = origins.parse(server.url)
    used = connections.take_idle(origin)
    send(server.url)
    kept = idle_of(server)
    kept[0] = (kept[0][0], kept[0][1] - 61)
    used.is_reusable = True
    connections.put_back(origin, used)
    assert ended.wait(20)
    assert [connection for connection, _ in kept] == [used]


@pytest.mark.usefixtures("long_idle")
def test_threads_share_the_connections_and_no_more_are_kept_than_set(server, settings):
    settings.WEBHOOK_CONNECTIONS = 3
    together = threading.Barrier(8)

    def one(_):
        together.wait(30)
        return [send(server.url).status_code for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [[200] * 10] * 8
    assert len(server.requests) == 80
    assert 1 <= len(idle_of(server)) <= 3


@pytest.mark.usefixtures("long_idle")
def test_a_forked_child_takes_connections_of_its_own(server):
    assert send(server.url).status_code == 200
    child = os.fork()
    if child == 0:  # Nothing of the test may go on in the child.
        os._exit(0 if send(server.url).status_code == 200 else 1)
    assert exit_code(child) == 0
    assert send(server.url).status_code == 200
    assert (len(server.requests), server.accepted) == (3, 2)


def exit_code(child: int) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("The child hangs.")
