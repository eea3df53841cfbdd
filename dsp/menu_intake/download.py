"""One try to fetch a menu file: from a checked address, without redirects, within limits.

None of our tokens or cookies go along, and no message holds the address or what the server wrote.
"""

import contextlib
import http.client
import socket
from collections.abc import Callable

from django.conf import settings

from dsp.menus.limits import BadMenuFile
from integration.outbound_http import connections
from integration.outbound_http.connections import Connection
from integration.outbound_http.origins import Origin, Unreachable

from . import addresses

_PIECE_BYTES = 2**16
_MEGABYTE = 2**20


class Unavailable(Exception):
    """No file came; the message is a sentence. `status` is that of an answer, None without one."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class Abandoned(Exception):
    """The caller no longer wants the file."""


def fetch(address: str, is_wanted: Callable[[], bool] = lambda: True) -> bytes:
    """Return the file as it was sent, which may be gzip.

    Raises BadAddress, Unavailable, BadMenuFile if it is too large, and Abandoned once `is_wanted`
    returns False.
    """
    origin, target = addresses.check(address)
    seconds = settings.DSP.menu_limits.seconds
    try:
        connection = connections.connect(
            origin, _unwatched, allow_loopback=addresses.is_loopback_allowed()
        )
        with contextlib.closing(connection):
            connection.channel.limit(seconds)
            return _answer(connection, origin, target, is_wanted)
    except Unreachable as error:
        raise Unavailable(str(error)) from error
    except TimeoutError as error:
        raise Unavailable(f"The file did not come within {seconds} seconds.") from error
    except OSError as error:
        raise Unavailable("The connection broke off before the file was complete.") from error
    except (http.client.HTTPException, ValueError) as error:
        raise Unavailable("The answer was not valid HTTP.") from error


def _unwatched(sock: socket.socket) -> None:
    pass


def _answer(
    connection: Connection, origin: Origin, target: str, is_wanted: Callable[[], bool]
) -> bytes:
    headers = {
        "Host": origin.netloc,
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": "Stream-POS/0.1",
        "Connection": "close",
    }
    connection.request("GET", target, headers=headers)
    with connection.getresponse() as response:
        _check_head(response)
        return _body(response, is_wanted)


def _check_head(response: http.client.HTTPResponse) -> None:
    status = response.status
    if 300 <= status < 400:
        raise Unavailable("The server redirects, which is not followed.", status)
    if status != 200:
        raise Unavailable(f"The server answered {status}.", status)
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise Unavailable("The file came compressed in another way than gzip.", status)
    if (response.length or 0) > settings.DSP.menu_limits.wire_bytes:
        _refuse_size()


def _body(response: http.client.HTTPResponse, is_wanted: Callable[[], bool]) -> bytes:
    body = bytearray()
    while piece := response.read1(_PIECE_BYTES):
        body += piece
        if len(body) > settings.DSP.menu_limits.wire_bytes:
            _refuse_size()
        if not is_wanted():
            raise Abandoned
    return bytes(body)


def _refuse_size() -> None:
    megabytes = settings.DSP.menu_limits.wire_bytes // _MEGABYTE
    raise BadMenuFile(f"The file has more than {megabytes:,} MB as sent.")
