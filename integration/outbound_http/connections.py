"""Connections to receivers: checked addresses, verified TLS, kept open for the next event.

Nothing here reads the environment: no proxies, no .netrc, no certificates but certifi's.
"""

import contextlib
import functools
import http.client
import os
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import certifi
from django.conf import settings

from . import address_policy
from .origins import NotReached, Origin

# Shorter than most servers keep an idle connection (5 seconds at Node, uvicorn and Apache), so
# that it is rarely the receiver who closes it.
IDLE_SECONDS = 4
_LINE_BYTES = 65_536

Watch = Callable[[socket.socket], None]


class Timed(socket.socket):
    """All its reads together end at one instant; a socket's own timeout begins anew each time.

    The end of the stream is an error: http.client would take it for the end of an answer's head,
    and "HTTP/1.1 200" from a server that crashed for a whole answer.
    """

    has_read = False  # Whether anything came since it was last set.
    _until = 0.0  # On the monotonic clock.

    def limit(self, seconds: float) -> None:
        """What is read from now on must come in this time, and what is sent must go in it."""
        self._until = time.monotonic() + seconds
        self.settimeout(seconds)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        left_seconds = self._until - time.monotonic()
        if left_seconds <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left_seconds)
        count = super().recv_into(*args, **kwargs)
        if not count:
            raise ConnectionResetError("The stream has ended.")
        self.has_read = True
        return count


class _TimedTLS(Timed, ssl.SSLSocket):
    """The same under TLS."""


class _Final(http.client.HTTPResponse):
    """Passes over interim answers, such as 103, to the one that counts (RFC 9110 §15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # Private there.
            # 100 is passed over there; after 101 no HTTP follows.
            if not 102 <= status < 200:
                return version, status, reason
            while self.fp.readline(_LINE_BYTES) not in (b"\r\n", b"\n", b""):
                pass  # All reads together have one end.


class Connection(http.client.HTTPConnection):
    """HTTP/1.1 on a socket that is open already."""

    response_class = _Final

    auto_open = 0  # It never connects by itself: no address escapes the check.
    is_used = False  # It has carried a request before.
    is_reusable = False  # Whoever has read the answer to its end sets it.

    def __init__(self, origin: Origin, channel: Timed) -> None:
        super().__init__(origin.name, origin.port)
        self.channel = self.sock = channel  # http.client forgets its own when it closes.

    def is_ended(self) -> bool:
        """Nothing may come while we ask nothing: it was closed there, or there is confusion."""
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        return bool(poll.poll(0))


def connect(origin: Origin, watch: Watch) -> Connection:
    """A connection to a public address of the host (a loopback one where settings allow it).

    Takes at most the connect timeout of settings once the name is resolved. `watch` gets each
    socket before it is used for anything; what it raises ends the connecting. Raises NotReached,
    OSError or what `watch` raises.
    """
    # Nothing can end a resolver that hangs: whoever has no time to wait leaves the thread alone.
    found = _resolved(origin)
    connect_seconds, _ = settings.WEBHOOK_TIMEOUT_SECONDS
    deadline = time.monotonic() + connect_seconds
    sock = _first_open(origin, found, deadline, watch)
    if origin.scheme == "https":
        sock = _secured(sock, origin, deadline, watch)
    return Connection(origin, sock)


_Found = tuple[int, int, int, Any]  # Family, type, protocol, socket address.


def _resolved(origin: Origin) -> list[_Found]:
    """The addresses that may be used, in the resolver's order.

    Checked is what is connected to, not the name: it may be resolved to something else by now.
    """
    try:
        answers = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NotReached(f"{_short(origin)} has no address: {error.strerror}.") from error
    good: list[_Found] = []
    refused = ""
    for family, kind, protocol, _, address in answers:
        reason = address_policy.refusal(
            str(address[0]), allow_loopback=settings.STREAM_WEBHOOK_ALLOW_LOOPBACK
        )
        if reason is None:
            good.append((family, kind, protocol, address))
        else:
            refused = refused or f"{address[0]}, {reason}"
    if not good:
        raise NotReached(
            f"{_short(origin)} leads to {refused}; a webhook's address must be a public one."
        )
    return good


def _short(origin: Origin) -> str:
    return origin.host if len(origin.host) <= 80 else f"{origin.host[:79]}…"


def _first_open(origin: Origin, found: list[_Found], deadline: float, watch: Watch) -> Timed:
    for position, one in enumerate(found):
        # An address that swallows packets leaves time for those after it.
        seconds = (deadline - time.monotonic()) / (len(found) - position)
        try:
            return _opened(one, max(seconds, 0.01), watch)
        except OSError as error:
            problem = error
    if isinstance(problem, TimeoutError):
        raise NotReached(f"{_short(origin)} did not take the connection in time.") from problem
    raise NotReached(
        f"{_short(origin)} cannot be reached: {problem.strerror or problem}."
    ) from problem


def _opened(found: _Found, seconds: float, watch: Watch) -> Timed:
    family, kind, protocol, address = found
    sock = Timed(family, kind, protocol)
    try:
        watch(sock)
        sock.settimeout(seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _secured(sock: Timed, origin: Origin, deadline: float, watch: Watch) -> Timed:
    # The handshake comes after `watch`, so that it can be ended too.
    secured = _tls_context().wrap_socket(
        sock, server_hostname=origin.name, do_handshake_on_connect=False
    )
    try:
        watch(secured)
        secured.settimeout(max(deadline - time.monotonic(), 0.01))
        secured.do_handshake()
    except BaseException as error:
        secured.close()
        if isinstance(error, OSError):
            raise NotReached(_tls_sentence(origin, error)) from error
        raise
    assert isinstance(secured, Timed)
    return secured


def _tls_sentence(origin: Origin, error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {_short(origin)} is not good: {error.verify_message.rstrip('.')}."
        )
    if isinstance(error, TimeoutError):
        return f"{_short(origin)} did not finish the TLS handshake in time."
    return f"TLS with {_short(origin)} failed: {error.strerror or error}."


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """Certificate and host name are checked; unlike a default context, no variable changes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = _TimedTLS
    return context


# Idle connections with the instant since when. Deques need no lock, which a fork could leave
# locked for ever in the child.
_Key = tuple[Origin, bool]
_idle: dict[_Key, deque[tuple[Connection, float]]] = {}


def _key(origin: Origin) -> _Key:
    return origin, settings.STREAM_WEBHOOK_ALLOW_LOOPBACK


def take_idle(origin: Origin) -> Connection | None:
    """The connection that was kept last, if it is still good; it is the caller's alone."""
    idle = _idle.get(_key(origin), deque())
    with contextlib.suppress(IndexError):
        while True:
            connection, since = idle.pop()
            if not _is_stale(since) and not connection.is_ended():
                connection.is_used, connection.is_reusable = True, False
                return connection
            connection.close()
    return None


def put_back(origin: Origin, connection: Connection) -> None:
    """Keeps it for the next request if it is reusable, and closes it otherwise."""
    if not connection.is_reusable:
        connection.close()
        return
    idle = _idle.setdefault(_key(origin), deque())
    idle.append((connection, time.monotonic()))
    with contextlib.suppress(IndexError):
        while len(idle) > settings.WEBHOOK_CONNECTIONS or _is_stale(idle[0][1]):
            idle.popleft()[0].close()


def _is_stale(since: float) -> bool:
    return time.monotonic() - since > IDLE_SECONDS


def close_idle() -> None:
    """Those that are in use are not touched."""
    for idle in _idle.values():
        for connection, _ in idle:
            connection.close()
    _idle.clear()


os.register_at_fork(after_in_child=close_idle)  # They are the parent's.
