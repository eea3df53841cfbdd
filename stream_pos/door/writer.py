"""Writes responses in pieces, and drops clients that read too slowly."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from typing import Any

from .bridge import Response

_PIECE_BYTES = 65_536
_SECONDS = 10
_BYTES_PER_SECOND = 16_000

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def write(scope: dict[str, Any], send: Send, response: Response) -> None:
    """Send the response; close the connection if its client does not take it in time."""
    size = _size(response)
    start = {
        "type": "http.response.start",
        "status": response.status,
        "headers": _headers(scope, response, size),
    }
    transport = scope["state"]["cycle"].transport
    try:
        async with asyncio.timeout(_SECONDS + size / _BYTES_PER_SECOND):
            await send(start)
            for piece, is_last in _pieces(response, size):
                await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
    except TimeoutError:
        transport.abort()
    except RuntimeError:
        # Of several requests on a connection that is lost, uvicorn ends the last one only.
        if not transport.is_closing():
            raise
    finally:
        if response.file is not None:
            response.file.close()


def whole(response: Response, more_headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return a short response as it is sent."""
    status = HTTPStatus(response.status)
    length = (b"content-length", str(len(response.content)).encode())
    headers = [*more_headers, *response.headers, length]
    head = b"".join(name + b": " + text + b"\r\n" for name, text in headers)
    return f"HTTP/1.1 {status} {status.phrase}\r\n".encode() + head + b"\r\n" + response.content


def _size(response: Response) -> int:
    if response.file is None:
        return len(response.content)
    size = response.file.seek(0, 2)
    response.file.seek(0)
    return size


def _headers(scope: dict[str, Any], response: Response, size: int) -> list[tuple[bytes, bytes]]:
    if scope["method"] == "HEAD" and size == 0:
        return response.headers  # Its length is that of the body that GET would have.
    headers = [header for header in response.headers if header[0] != b"content-length"]
    if response.status not in (204, 304):
        headers.append((b"content-length", str(size).encode()))
    return headers


def _pieces(response: Response, size: int) -> Iterator[tuple[bytes, bool]]:
    for begin in range(0, max(size, 1), _PIECE_BYTES):
        end = begin + _PIECE_BYTES
        if response.file is None:
            piece = response.content if size <= _PIECE_BYTES else response.content[begin:end]
        else:
            piece = response.file.read(_PIECE_BYTES)
        yield piece, end >= size
