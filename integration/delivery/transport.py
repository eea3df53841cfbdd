"""One attempt to deliver one event: signed, with time limits, without redirects or proxies.

It uses http.client on sockets that `connections` opens. With 32 threads that was measured to send
more than urllib3 and requests, and we control every read, certificate and address.
"""

import contextlib
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.conf import settings

from integration.outbound_http import connections
from integration.outbound_http.connections import Connection
from integration.outbound_http.origins import Origin, Unreachable, parse
from integration.webhooks.endpoints import Destination
from integration.webhooks.signing import signature, standard_signature

log = logging.getLogger(__name__)

BODY_SECONDS = 1
# A connection is kept for the next event when the answer is no longer than this.
_BODY_BYTES = 16_384
_WRONG_SIGNATURE = (401, 403)
_CLOSED = (ConnectionError, ssl.SSLEOFError)
_STREAM_SIGNATURE = "Stream-Webhook-Signature"
_STANDARD_SIGNATURE = "webhook-signature"


@dataclass(frozen=True)
class Answer:
    """The receiver's answer: a status, or an error if none came."""

    status_code: int | None = None
    excerpt: str = ""  # The beginning of the raw body, not decompressed.
    error: str = ""  # A sentence of at most 200 characters.
    retry_after: str = ""  # The raw header.
    headers: str = ""  # The sent headers, one `Name: value` per line, signatures truncated.
    may_have_arrived: bool = False  # No answer came, but the request went out.

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


_TOO_SLOW = "The answer took too long."

# The secret that each destination accepted last, tried first while secrets are rotated. Single
# operations on a dict need no lock.
_accepted: dict[Destination, str] = {}


class Withheld(Exception):
    """The request was not sent, because the caller may no longer send it."""


class _Aborted(Exception):
    """Another thread has aborted the exchange."""


class Exchange:
    """One attempt to deliver one event; `abort` ends it from another thread.

    By itself it ends within the connect timeout, the read timeout and BODY_SECONDS (twice the read
    timeout for a receiver that hardly reads), for each secret tried. Only resolving the name may
    take longer, and that cannot be aborted.
    """

    def __init__(
        self,
        destination: Destination,
        *,
        event_id: str,
        body: str,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare the attempt; `event_id` is the same in all attempts, to recognize repeats.

        `may_send` is asked before each request, when the connection is open: that may take long.
        """
        self._destination = destination
        self._may_send = may_send
        self._event_id = event_id
        self._body = body
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_aborted = False
        self._sent = ""  # The headers of the newest request.

    def run(self) -> Answer:
        """Send the event and wait for the answer; failures are returned as an Answer, not raised.

        Stream's header has room for one signature. With several secrets, a refused one is followed
        by the next at once, so that rotating a secret costs no event. Raises Withheld.
        """
        answer = Answer()
        for secret in self._secrets():
            answer = self._post(secret)
            if answer.status_code not in _WRONG_SIGNATURE:
                break
        if answer.is_success:
            _accepted[self._destination] = secret
        return answer

    def abort(self) -> None:
        """Make `run` return soon with an error, or with what it has got; may be called twice."""
        with self._lock:
            self._is_aborted = True
            if self._socket is not None:
                _shut_down(self._socket)

    def _secrets(self) -> list[str]:
        """Return each secret once, the last accepted one first."""
        secrets = list(dict.fromkeys(self._destination.secrets))
        accepted = _accepted.get(self._destination)
        return sorted(secrets, key=lambda secret: secret != accepted)

    def _post(self, secret: str) -> Answer:
        self._sent = ""
        try:
            origin, target = parse(self._destination.url)
            content = self._body.encode()
            headers = self._headers(origin, content, secret)
            return replace(self._answer(origin, target, content, headers), headers=self._sent)
        except (OSError, http.client.HTTPException, ValueError, Unreachable, _Aborted) as error:
            reason = _TOO_SLOW if self._is_aborted else _sentence(error)
        except Withheld:
            raise
        except Exception as error:
            # The caller can only go on with the next event.
            log.exception("An attempt to send an event failed unexpectedly.")
            reason = f"{type(error).__name__}: {error}"
        reason = reason.replace("\0", "")[:200]
        return Answer(error=reason, headers=self._sent, may_have_arrived=bool(self._sent))

    def _answer(
        self, origin: Origin, target: str, content: bytes, headers: dict[str, str]
    ) -> Answer:
        with self._connection(origin) as connection:
            self._check_claim()
            self._sent = _masked(headers)
            try:
                return _request(connection, target, content, headers, self._excerpt_bytes)
            except _CLOSED:
                is_stale = connection.is_used and not connection.channel.has_read
                if not is_stale or not self._destination.is_repeated_at_once:
                    raise
        # The receiver closed a kept connection just as we sent: with a server that closes after
        # each answer unannounced, one attempt in fifteen failed here. If it has read the request
        # after all, it recognizes the repeat by its webhook-id, as it would the next attempt. Only
        # kept connections count, so nothing is sent a third time.
        with self._connection(origin, is_fresh=True) as connection:
            self._check_claim()
            return _request(connection, target, content, headers, self._excerpt_bytes)

    @property
    def _excerpt_bytes(self) -> int:
        return self._destination.excerpt_bytes

    def _check_claim(self) -> None:
        if not self._may_send():
            raise Withheld

    def _headers(self, origin: Origin, content: bytes, secret: str) -> dict[str, str]:
        """Return all headers, so that http.client adds none."""
        destination = self._destination
        timestamp = int(time.time())
        return {
            "Host": origin.netloc,
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Accept-Encoding": "identity",
            "User-Agent": "Stream-POS/0.1",
            _STREAM_SIGNATURE: signature(
                content, secret=secret, encoding=destination.signature_encoding
            ),
            "webhook-id": self._event_id,
            "webhook-timestamp": str(timestamp),
            _STANDARD_SIGNATURE: standard_signature(
                self._event_id, timestamp, self._body, destination.secrets
            ),
        }

    @contextlib.contextmanager
    def _connection(self, origin: Origin, *, is_fresh: bool = False) -> Iterator[Connection]:
        """Yield a connection that `abort` can shut down; afterwards keep it or close it."""
        connection = None if is_fresh else connections.take_idle(origin)
        try:
            if connection is None:
                connection = connections.connect(origin, self._watch)
            else:
                self._watch(connection.channel)
            yield connection
        finally:
            with self._lock:  # An abort must not touch it any more: it may be reused.
                self._socket = None
            if connection is not None:
                connections.put_back(origin, connection)

    def _watch(self, sock: socket.socket) -> None:
        with self._lock:
            if self._is_aborted:
                raise _Aborted
            self._socket = sock


def _shut_down(sock: socket.socket) -> None:
    """Wake the thread waiting for the socket. The plain call, as TLS would drop its state."""
    with contextlib.suppress(OSError):  # Already closed, or about to be replaced by its TLS socket.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _request(
    connection: Connection,
    target: str,
    content: bytes,
    headers: dict[str, str],
    excerpt_bytes: int,
) -> Answer:
    _, read_seconds = settings.WEBHOOK_TIMEOUT_SECONDS
    connection.channel.limit(read_seconds)
    connection.channel.has_read = False
    connection.request("POST", target, content, headers)
    with connection.getresponse() as response:
        connection.channel.limit(BODY_SECONDS)
        body, is_whole = _beginning(response)
        # After 101 no HTTP follows.
        connection.is_reusable = is_whole and not response.will_close and response.status >= 200
        return Answer(
            response.status,
            body[:excerpt_bytes].decode("utf-8", "replace").replace("\0", ""),
            retry_after=(response.getheader("Retry-After") or "").replace("\0", "")[:200],
        )


def _beginning(response: http.client.HTTPResponse) -> tuple[bytes, bool]:
    """Read the beginning of the body; return it, and True if it is complete.

    Only the status matters to us: the body may be endless, drip or break off.
    """
    body = b""
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        while len(body) < _BODY_BYTES:
            piece = response.read1(_BODY_BYTES - len(body))
            if not piece:
                return body, True
            body += piece
    return body, False


def _masked(headers: dict[str, str]) -> str:
    """Format the headers, with signatures cut to a length that can be compared but not used."""
    lines = []
    for name, value in headers.items():
        if name == _STREAM_SIGNATURE:
            value = f"{value[:8]}…"
        elif name == _STANDARD_SIGNATURE:
            value = " ".join(f"{part[:11]}…" for part in value.split())  # "v1," and 8 characters.
        lines.append(f"{name}: {value}")
    return "\n".join(lines)


def _sentence(error: Exception) -> str:
    if isinstance(error, Unreachable):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"No answer came within {settings.WEBHOOK_TIMEOUT_SECONDS[1]:g} seconds."
    if isinstance(error, _CLOSED):
        return "The connection was closed before an answer came."
    if isinstance(error, http.client.HTTPException):
        return f"The answer is not valid HTTP: {error!r}"
    if isinstance(error, OSError):
        return f"The connection failed: {error.strerror or error}."
    return f"The event cannot be sent: {error}."
