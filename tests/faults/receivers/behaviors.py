"""Misbehaviors of a receiver."""

import functools
import gzip
import socket
import time
import zlib

from .receiver import Behavior, Exchange, healthy, reset

_DRIP_SECONDS = 0.1
_LONGEST_SECONDS = 20  # Upper limit for every behavior.


def statuses(*codes: int, headers: str = "") -> Behavior:
    """Answer events with these status codes in turn."""

    def behave(exchange: Exchange) -> None:
        exchange.answer(codes[exchange.request.sequence % len(codes)], headers=headers)

    return behave


def misbehave_first(attempts: int, misbehave: Behavior) -> Behavior:
    """Misbehave for the first attempts of each event, then be healthy."""
    return lambda exchange: (
        misbehave(exchange) if exchange.request.nth <= attempts else healthy(exchange)
    )


def once_bad_then_good_status(end: Behavior, headers: str) -> Behavior:
    """Send the same broken body with 500 and then with 200: only the status counts."""

    def behave(exchange: Exchange) -> None:
        exchange.begin(500 if exchange.request.nth == 1 else 200, headers)
        end(exchange)

    return behave


def redirect(status: int, url: str) -> Behavior:
    return lambda exchange: exchange.answer(status, headers=f"Location: {url}\r\n")


def interim(exchange: Exchange) -> None:
    """Send interim answers of every kind (RFC 9110 §15.2), then a final one."""
    exchange.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    exchange.connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    exchange.answer(500 if exchange.request.nth == 1 else 200)


def only_interim(exchange: Exchange) -> None:
    exchange.connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
    hang(exchange)


def no_http(exchange: Exchange) -> None:
    exchange.is_last = True
    exchange.connection.sendall(b"\x16\x03\x01 220 mail.example.com ESMTP\r\n" * 3)


def endless_head(exchange: Exchange) -> None:
    exchange.is_last = True
    exchange.connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not exchange.receiver.stopping.is_set():
        exchange.connection.sendall(b"X-More: and more\r\n" * 1000)


def hang(exchange: Exchange) -> None:
    """Send nothing until the peer disconnects."""
    exchange.is_last = True
    exchange.connection.settimeout(_LONGEST_SECONDS)
    exchange.connection.recv(1)


def drip_head(exchange: Exchange) -> None:
    exchange.is_last = True
    _drip(exchange, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000)


def cut_head(exchange: Exchange) -> None:
    exchange.is_last = True
    exchange.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")


def drip(exchange: Exchange) -> None:
    _drip(exchange, b"x" * 1000)


def cut(exchange: Exchange) -> None:
    exchange.connection.sendall(b"x" * 10)


def cut_by_reset(exchange: Exchange) -> None:
    exchange.connection.sendall(b"x" * 10)
    exchange.reset()


def reset_after_reading(exchange: Exchange) -> None:
    exchange.reset()


def endless(exchange: Exchange) -> None:
    while not exchange.receiver.stopping.is_set():
        exchange.connection.sendall(b"x" * 65_536)


def _drip(exchange: Exchange, content: bytes) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    for byte in content:
        if time.monotonic() > deadline or exchange.receiver.stopping.is_set():
            return
        exchange.connection.sendall(bytes([byte]))
        time.sleep(_DRIP_SECONDS)


def bomb(exchange: Exchange) -> None:
    """Send two hundred megabytes of zeros, compressed twice to a few hundred bytes."""
    packed = packed_bomb()
    exchange.begin(
        500 if exchange.request.nth == 1 else 200,
        f"Content-Encoding: gzip, gzip\r\nContent-Length: {len(packed)}\r\n",
    )
    exchange.connection.sendall(packed)


@functools.cache
def packed_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(bytes(1_000_000)) for _ in range(200)]
    return gzip.compress(b"".join([*pieces, packer.flush()]))


class ResetFirst:
    """Reset the first connections before reading from them."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self, connection: socket.socket) -> bool:
        self._left -= 1
        if self._left < 0:
            return True
        reset(connection)
        return False
