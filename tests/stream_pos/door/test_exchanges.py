"""Requests that arrive whole are answered without a task, in turn, as fast as they are read."""

import asyncio

import pytest

from stream_pos.door import writer
from stream_pos.door.bridge import Response
from stream_pos.door.exchange import Exchange
from tests.stream_pos.door.support.connections import serve

pytestmark = pytest.mark.once

LARGE = b"x" * 20_000_000
PULL = b"GET /v1/catalog HTTP/1.1\r\nHost: pos\r\n\r\n"
ORDER = b"POST /v1/orders HTTP/1.1\r\nHost: pos\r\nContent-Length: 5\r\n\r\n"


class Application:
    """Answers each whole request with this content, and counts those that come in pieces."""

    def __init__(self, content=b""):
        self.content, self.answered, self.in_pieces = content, 0, 0

    def at_once(self, method, path, headers):
        return None

    def answer(self, connection, cycle):
        self.answered += 1
        connection.respond(cycle, Response(200, [], self.content))

    async def __call__(self, scope, receive, send):
        self.in_pieces += 1
        await asyncio.sleep(10)


async def _received(client, count):
    """Read until this many bytes have arrived, and return how many have."""
    loop, received = asyncio.get_running_loop(), 0
    client.setblocking(False)
    while received < count and (data := await loop.sock_recv(client, 1_000_000)):
        received += len(data)
    return received


@pytest.mark.parametrize(("split", "answered"), [(len(ORDER) + 5, (1, 0)), (len(ORDER), (0, 1))])
def test_only_a_body_that_comes_later_needs_a_task(split, answered):
    async def talk(client, connections):
        client.sendall((ORDER + b"order")[:split])
        await asyncio.sleep(0.1)
        return application.answered, application.in_pieces

    application = Application()
    assert serve(application, talk) == answered


def test_a_pipelined_request_waits_until_the_response_before_it_was_read():
    async def talk(client, connections):
        client.sendall(PULL + PULL)
        await asyncio.sleep(0.1)
        before = application.answered
        await _received(client, 2 * len(LARGE))
        return before, application.answered

    application = Application(LARGE)
    assert serve(application, talk) == (1, 2)


def test_who_does_not_read_a_response_from_memory_is_dropped(monkeypatch):
    monkeypatch.setattr(writer, "_SECONDS", 0.1)
    monkeypatch.setattr(writer, "_BYTES_PER_SECOND", 10**9)

    async def talk(client, connections):
        client.sendall(PULL)
        await asyncio.sleep(0.05)
        is_dropped = [connections[0].transport.is_closing()]
        await asyncio.sleep(0.2)
        return [*is_dropped, connections[0].transport.is_closing()]

    assert serve(Application(LARGE), talk) == [False, True]


def test_who_reads_a_response_in_time_keeps_the_connection(monkeypatch):
    monkeypatch.setattr(writer, "_SECONDS", 0.2)
    monkeypatch.setattr(writer, "_BYTES_PER_SECOND", 10**9)

    async def talk(client, connections):
        client.sendall(PULL)
        await _received(client, len(LARGE))
        await asyncio.sleep(0.3)
        return connections[0].transport.is_closing()

    assert serve(Application(LARGE), talk) is False


def test_a_server_that_stops_answers_who_still_waits():
    class Waiting(Application):
        def answer(self, connection, cycle):
            connection.tasks.add(Exchange(connection, cycle))

    async def talk(client, connections):
        client.sendall(PULL)
        await asyncio.sleep(0.1)
        for task in connections[0].tasks:
            task.cancel(msg="stop")
        await asyncio.sleep(0.05)
        return client.recv(1000)[:12], connections[0].tasks

    assert serve(Waiting(), talk) == (b"HTTP/1.1 503", set())


def test_a_closing_response_to_head_has_the_length_of_the_content():
    async def talk(client, connections):
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: pos\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(0.1)
        return client.recv(1000)

    head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n"
    assert serve(Application(b"order"), talk) == head
