"""Bodies: who sends too much, or more than is wanted, can still read the answer."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.once

LARGE = b"x" * 5_000_000
HEAD = b"POST %s HTTP/1.1\r\nHost: pos\r\nContent-Length: %d\r\n"


def _until_closed(connection):
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


def test_who_sends_too_large_a_body_reads_the_answer_before_the_connection_closes(server):
    connection = server.open(HEAD % (b"/v1/orders", len(LARGE)) + b"\r\n" + LARGE)
    time.sleep(0.3)
    answer = _until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nx-length: 5000000\r\n" in answer
    assert b"\r\nconnection: close\r\n" in answer


def test_who_never_ends_too_large_a_body_is_closed_at_its_deadline(server):
    connection = server.open(HEAD % (b"/v1/orders", len(LARGE)) + b"\r\nx")
    assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
    begin = time.monotonic()
    while time.monotonic() - begin < 5:
        try:
            connection.sendall(b"x")
        except OSError:
            break
        time.sleep(0.1)
    assert 0.9 < time.monotonic() - begin < 3


def test_who_drips_the_body_of_an_answered_request_is_closed_at_its_deadline(server):
    answer = b""
    while not answer.startswith(b"HTTP/1.1 429 "):  # Each second counts anew.
        while server.ask("GET", "/page")[0] != 429:
            pass
        connection = server.open(HEAD % (b"/page", 100) + b"\r\nx")
        answer = connection.recv(1000)
    begin = time.monotonic()
    assert b"HTTP/1.1" not in _until_closed(connection)
    assert 0.5 < time.monotonic() - begin < 3


def test_an_upload_arrives_whole_with_a_session_only(server):
    time.sleep(1)
    status, headers, body = server.ask("POST", "/board/", LARGE, Cookie="sessionid=abc")
    assert (status, headers["x-length"], body == LARGE) == (200, "5000000", True)
    status, headers, body = server.ask("POST", "/board/", LARGE)
    assert (status, headers["x-length"], body) == (200, "5000000", b"")


def test_four_large_uploads_are_read_at_a_time(server):
    head = HEAD % (b"/board/", len(LARGE)) + b"Cookie: sessionid=abc\r\n\r\n"
    time.sleep(1)
    waiting = [server.open(head) for _ in range(4)]
    time.sleep(0.2)
    assert server.ask("POST", "/board/", LARGE, Cookie="sessionid=abc")[0] == 503
    for connection in waiting:
        connection.sendall(LARGE)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda connection: connection.recv(12), waiting))
    assert set(answers) == {b"HTTP/1.1 200"}
    for connection in waiting:
        connection.close()


def test_who_expects_100_is_told_to_continue(server):
    head = HEAD % (b"/v1/orders", 5)
    connection = server.open(head + b"Connection: close\r\nExpect: 100-continue\r\n\r\n")
    assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"order")
    answer = _until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\norder")
