"""Reads request bodies on the event loop, so that no thread waits for a sender."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import IO, Any, NamedTuple

_MEMORY_BYTES = 1_000_000
_BYTES_PER_SECOND = 16_000  # Each extends the deadline, as in Apache's RequestReadTimeout.
_LARGE_AT_ONCE = 4

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Gone(Exception):
    """The client closed the connection."""


class TooSlow(Exception):
    """The body did not arrive in time."""


class TooMany(Exception):
    """Enough large uploads are being read already."""


class Body(NamedTuple):
    """A body read whole, or left unread because its length is refused anyway."""

    content: IO[bytes]
    length: int
    is_whole: bool = True


_large = 0


async def read(
    receive: Receive, headers: dict[bytes, bytes], *, limit: int, seconds: float
) -> Body:
    """Return the body, but at most one byte more than `limit`: the view then refuses it."""
    global _large  # One number per process, changed on the event loop only.
    declared = int(headers.get(b"content-length", 0))  # The parser checked it.
    if not declared and b"transfer-encoding" not in headers:
        return Body(BytesIO(), 0)  # As most requests of Stream; it saves a file and a deadline.
    if declared > limit:
        return Body(BytesIO(), declared, is_whole=False)
    is_large = declared > _MEMORY_BYTES
    if is_large and _large >= _LARGE_AT_ONCE:
        raise TooMany
    _large += is_large
    try:
        return await _read(receive, limit, seconds)
    finally:
        _large -= is_large


async def _read(receive: Receive, limit: int, seconds: float) -> Body:
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  # Closed with its request.
    begin, received = asyncio.get_running_loop().time(), 0
    try:
        async with asyncio.timeout(seconds) as deadline:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                received += len(message["body"])
                file.write(message["body"][: max(0, limit + 1 - file.tell())])
                if received > limit or not message["more_body"]:
                    break
                deadline.reschedule(begin + seconds + received / _BYTES_PER_SECOND)
    except TimeoutError as error:
        raise TooSlow from error
    length = file.tell()
    file.seek(0)
    return Body(file, length, is_whole=received <= limit)
