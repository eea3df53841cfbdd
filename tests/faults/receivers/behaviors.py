"""What a receiver may do instead of answering."""

import functools
import gzip
import socket
import time
import zlib

from .receiver import Behave, Visit, healthy, reset

_DRIP_SECONDS = 0.1
_LONGEST_SECONDS = 20  # Nothing here goes on for longer.


def statuses(*of: int, headers: str = "") -> Behave:
    """Each event gets another one."""

    def behave(visit: Visit) -> None:
        visit.answer(of[visit.request.sequence % len(of)], headers=headers)

    return behave


def first(tries: int, misbehave: Behave) -> Behave:
    """So many tries of each event meet it; then the receiver is healthy."""
    return lambda visit: misbehave(visit) if visit.request.nth <= tries else healthy(visit)


def once_bad_then_good_status(end: Behave, headers: str) -> Behave:
    """The same body, which never comes well, under 500 and then under 200: the status counts."""

    def behave(visit: Visit) -> None:
        visit.begin(500 if visit.request.nth == 1 else 200, headers)
        end(visit)

    return behave


def redirect(status: int, url: str) -> Behave:
    return lambda visit: visit.answer(status, headers=f"Location: {url}\r\n")


def interim(visit: Visit) -> None:
    """Interim answers of every kind (RFC 9110 §15.2), and then one that counts."""
    visit.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    visit.connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    visit.answer(500 if visit.request.nth == 1 else 200)


def only_interim(visit: Visit) -> None:
    visit.connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
    hang(visit)


def no_http(visit: Visit) -> None:
    visit.is_last = True
    visit.connection.sendall(b"\x16\x03\x01 220 mail.example.com ESMTP\r\n" * 3)


def endless_head(visit: Visit) -> None:
    visit.is_last = True
    visit.connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not visit.receiver.stopping.is_set():
        visit.connection.sendall(b"X-More: and more\r\n" * 1000)


def hang(visit: Visit) -> None:
    """Says nothing until the other side goes."""
    visit.is_last = True
    visit.connection.settimeout(_LONGEST_SECONDS)
    visit.connection.recv(1)


def drip_head(visit: Visit) -> None:
    visit.is_last = True
    _drip(visit, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000)


def cut_head(visit: Visit) -> None:
    visit.is_last = True
    visit.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")


def drip(visit: Visit) -> None:
    _drip(visit, b"x" * 1000)


def cut(visit: Visit) -> None:
    visit.connection.sendall(b"x" * 10)


def cut_by_reset(visit: Visit) -> None:
    visit.connection.sendall(b"x" * 10)
    visit.reset()


def reset_after_reading(visit: Visit) -> None:
    visit.reset()


def endless(visit: Visit) -> None:
    while not visit.receiver.stopping.is_set():
        visit.connection.sendall(b"x" * 65_536)


def _drip(visit: Visit, what: bytes) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    for one in what:
        if time.monotonic() > deadline or visit.receiver.stopping.is_set():
            return
        visit.connection.sendall(bytes([one]))
        time.sleep(_DRIP_SECONDS)


def bomb(visit: Visit) -> None:
    """Two hundred megabytes of zeros, packed twice: some hundred bytes."""
    packed = packed_bomb()
    visit.begin(
        500 if visit.request.nth == 1 else 200,
        f"Content-Encoding: gzip, gzip\r\nContent-Length: {len(packed)}\r\n",
    )
    visit.connection.sendall(packed)


@functools.cache
def packed_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(bytes(1_000_000)) for _ in range(200)]
    return gzip.compress(b"".join([*pieces, packer.flush()]))


class ResetsFirst:
    """Resets so many connections before anything is read from them."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self, connection: socket.socket) -> bool:
        self._left -= 1
        if self._left < 0:
            return True
        reset(connection)
        return False
