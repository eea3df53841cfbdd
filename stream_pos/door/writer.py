"""Responses as they are sent; files go in pieces, and who reads them too slowly is dropped."""

import asyncio
from functools import cache
from http import HTTPStatus
from typing import IO

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from .bridge import Response

_PIECE_BYTES = 65_536
_SECONDS = 10
_BYTES_PER_SECOND = 16_000

Headers = list[tuple[bytes, bytes]]


def seconds(size: int) -> float:
    """Return how long a client may take to read a response of this size."""
    return _SECONDS + size / _BYTES_PER_SECOND


def parts(cycle: RequestResponseCycle, response: Response) -> list[bytes]:
    """Return head and content; notes in the cycle whether the connection closes after them."""
    headers = _headers(cycle.scope["method"], response, len(response.content))
    closes = any(name == b"connection" and b"close" in value.lower() for name, value in headers)
    if closes:
        cycle.keep_alive = False
    elif not cycle.keep_alive:
        headers.append((b"connection", b"close"))
    start = head(response.status, [*cycle.default_headers, *headers])
    return [start] if cycle.scope["method"] == "HEAD" else [start, response.content]


def whole(response: Response, more_headers: Headers) -> bytes:
    """Return a short response to a request that keeps its connection."""
    headers = _headers("GET", response, len(response.content))
    return head(response.status, [*more_headers, *headers]) + response.content


def head(status: int, headers: Headers) -> bytes:
    lines = [_status_line(status)]
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)


async def write_file(cycle: RequestResponseCycle, response: Response, file: IO[bytes]) -> None:
    """Send a response whose content is in a file; abort if its client does not take it in time."""
    size = file.seek(0, 2)
    file.seek(0)
    headers = _headers(cycle.scope["method"], response, size)
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    try:
        async with asyncio.timeout(seconds(size)):
            await cycle.send(start)  # type: ignore[arg-type]  # A TypedDict.
            for begin in range(0, max(size, 1), _PIECE_BYTES):
                piece, is_last = file.read(_PIECE_BYTES), begin + _PIECE_BYTES >= size
                message = {"type": "http.response.body", "body": piece, "more_body": not is_last}
                await cycle.send(message)  # type: ignore[arg-type]  # A TypedDict.
                # The kernel may take a whole file that nobody reads, and sending would never wait.
                await asyncio.sleep(0)
    except TimeoutError:
        cycle.transport.abort()
    except RuntimeError:
        # Of several requests on a connection that is lost, uvicorn ends the last one only.
        if not cycle.transport.is_closing():
            raise
    finally:
        file.close()


def _headers(method: str, response: Response, size: int) -> Headers:
    if method == "HEAD" and size == 0:
        return list(response.headers)  # Its length is that of the body that GET would have.
    headers = [header for header in response.headers if header[0] != b"content-length"]
    if response.status not in (204, 304):
        headers.append((b"content-length", b"%d" % size))
    return headers


@cache
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()
