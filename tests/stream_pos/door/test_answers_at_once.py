"""What needs no thread is answered by the connection itself, without touching the rest."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from stream_pos.door.bridge import Response
from tests.stream_pos.door.support.connections import serve

pytestmark = pytest.mark.once

ORDER = (
    b"POST /v1/orders HTTP/1.1\r\nHost: pos\r\nAuthorization: Bearer t\r\nContent-Length: %d\r\n"
)


def _until(connection, end):
    received = b""
    while not received.endswith(end) and (data := connection.recv(1000)):
        received += data
    return received


def test_orders_to_a_full_queue_are_answered_503_and_the_connection_serves_on(server):
    head = ORDER % 5 + b"X-Note: refused\r\n\r\norder"
    with ThreadPoolExecutor(44) as pool:
        for _ in range(44):
            pool.submit(
                server.ask, "POST", "/v1/orders", b"o", X_Sleep="0.8", Authorization="Bearer t"
            )
        connection = server.open()
        answer = b""
        for _ in range(100):
            connection.sendall(head + b"GET /healthz HTTP/1.1\r\nHost: pos\r\n\r\n")
            answer = _until(connection, b'{"status": "alive"}')
            if answer.startswith(b"HTTP/1.1 503 "):
                break
    busy, alive = answer.split(b"HTTP/1.1 ")[1:]
    assert busy.startswith(b"503 Service Unavailable\r\n")
    assert b"\r\nretry-after: 2\r\n" in busy
    assert b"\r\ndate: " in alive
    assert b'{"error": "temporarily_unavailable", ' in busy
    assert alive.endswith(b'{"status": "alive"}')
    connection.sendall(ORDER % 4 + b"\r\nlate")
    assert b"\r\nx-length: 4\r\n" in _until(connection, b"\r\n\r\nlate")
    connection.close()


async def _never(scope, receive, send):
    await asyncio.sleep(10)


def test_a_client_that_closed_is_gone_before_the_event_loop_knows():
    async def talk(client, connections):
        client.sendall(ORDER % 0 + b"\r\n")
        while not connections or connections[0].cycle is None:
            await asyncio.sleep(0.01)
        before = connections[0].has_gone()
        client.close()  # From here on, the event loop does not run.
        return before, connections[0].has_gone(), connections[0].cycle.disconnected

    _never.at_once = lambda method, path, headers: None
    _never.answer = lambda connection, cycle: None
    assert serve(_never, talk) == (False, True, False)


def test_an_answer_at_once_needs_no_task_and_waits_for_the_body():
    async def talk(client, connections):
        client.sendall(ORDER % 5 + b"\r\norde")
        await asyncio.sleep(0.1)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(1000)
        client.sendall(b"r")
        await asyncio.sleep(0.1)
        return client.recv(1000), len(connections[0].tasks)

    asked = []
    busy = Response(503, [(b"retry-after", b"2")], b"busy")
    _never.at_once = lambda *question: asked.append(question[:2]) or busy
    head = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 4\r\n\r\n"
    assert serve(_never, talk) == (head + b"busy", 0)
    assert asked == [("POST", "/v1/orders")]
