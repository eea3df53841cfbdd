"""Connections to receivers: checked addresses, verified TLS, reused for later events.

The environment is never read: no proxies, no .netrc, no certificates but certifi's.
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
from .origins import Origin, Unreachable

# Shorter than most servers keep an idle connection (5 seconds at Node, uvicorn and Apache), so
# that the receiver rarely closes it first.
IDLE_SECONDS = 4
_LINE_BYTES = 65_536

Watch = Callable[[socket.socket], None]


class DeadlineSocket(socket.socket):
    """A socket with one deadline for all reads; a plain socket's timeout restarts with each read.

    The end of the stream is an error: http.client would take it for the end of the headers, and
    "HTTP/1.1 200" from a server that crashed for a complete response.
    """

    has_read = False  # True once anything was read; callers reset it.
    _until = 0.0  # On the monotonic clock.

    def limit(self, seconds: float) -> None:
        """Set the deadline for all reads from now on, and the timeout of each write."""
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


class _TimedTLS(DeadlineSocket, ssl.SSLSocket):
    """A TLS socket with one deadline for all reads."""


class _FinalResponse(http.client.HTTPResponse):
    """Skips interim responses, such as 103, up to the final one (RFC 9110 §15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # Private there.
            # http.client skips 100 itself; no HTTP follows after 101.
            if not 102 <= status < 200:
                return version, status, reason
            while self.fp.readline(_LINE_BYTES) not in (b"\r\n", b"\n", b""):
                pass  # The deadline ends an endless header.


class Connection(http.client.HTTPConnection):
    """HTTP/1.1 on an open socket."""

    response_class = _FinalResponse
    auto_open = 0  # Never reconnect: that would bypass the address check.
    is_used = False  # It has carried a request before.
    is_reusable = False  # Set by the reader of a complete response.

    def __init__(self, origin: Origin, channel: DeadlineSocket) -> None:
        super().__init__(origin.name, origin.port)
        self.channel = self.sock = channel  # http.client drops `sock` on close.

    def is_ended(self) -> bool:
        """Detect a connection that was closed, or that has data which nobody requested."""
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        return bool(poll.poll(0))


def connect(origin: Origin, watch: Watch, *, allow_loopback: bool | None = None) -> Connection:
    """Connect to a public address of the host, or a loopback one, where that is allowed.

    Whether it is, settings say for webhooks; other callers pass it.

    Takes at most the connect timeout of settings once the name is resolved. `watch` receives each
    socket before its first use; an exception it raises ends the attempt. Raises Unreachable,
    OSError or what `watch` raises.
    """
    # A hanging resolver cannot be interrupted: callers without time to wait abandon the thread.
    if allow_loopback is None:
        allow_loopback = settings.STREAM_WEBHOOK_ALLOW_LOOPBACK
    candidates = _resolve(origin, allow_loopback)
    connect_seconds, _ = settings.WEBHOOK_TIMEOUT_SECONDS
    deadline = time.monotonic() + connect_seconds
    sock = _connect_any(origin, candidates, deadline, watch)
    if origin.scheme == "https":
        sock = _start_tls(sock, origin, deadline, watch)
    return Connection(origin, sock)


_Candidate = tuple[int, int, int, Any]  # Family, type, protocol, socket address.


def _resolve(origin: Origin, allow_loopback: bool) -> list[_Candidate]:
    """Return the allowed addresses, in the resolver's order.

    The policy checks the addresses that are used, not the name, which may resolve differently
    the next time.
    """
    try:
        answers = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Unreachable(f"{_short(origin)} has no address: {error.strerror}.") from error
    allowed: list[_Candidate] = []
    refused = ""
    for family, kind, protocol, _, address in answers:
        reason = address_policy.rejection_reason(str(address[0]), allow_loopback=allow_loopback)
        if reason is None:
            allowed.append((family, kind, protocol, address))
        else:
            refused = refused or f"{address[0]}, {reason}"
    if not allowed:
        raise Unreachable(f"{_short(origin)} resolves to {refused}; it needs a public address.")
    return allowed


def _short(origin: Origin) -> str:
    return origin.host if len(origin.host) <= 80 else f"{origin.host[:79]}…"


def _connect_any(
    origin: Origin, candidates: list[_Candidate], deadline: float, watch: Watch
) -> DeadlineSocket:
    for position, candidate in enumerate(candidates):
        # An address that drops packets leaves time for those after it.
        seconds = (deadline - time.monotonic()) / (len(candidates) - position)
        try:
            return _open(candidate, max(seconds, 0.01), watch)
        except OSError as error:
            problem = error
    if isinstance(problem, TimeoutError):
        raise Unreachable(f"{_short(origin)} did not accept the connection in time.") from problem
    raise Unreachable(
        f"{_short(origin)} cannot be reached: {problem.strerror or problem}."
    ) from problem


def _open(candidate: _Candidate, seconds: float, watch: Watch) -> DeadlineSocket:
    family, kind, protocol, address = candidate
    sock = DeadlineSocket(family, kind, protocol)
    try:
        watch(sock)
        sock.settimeout(seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _start_tls(
    sock: DeadlineSocket, origin: Origin, deadline: float, watch: Watch
) -> DeadlineSocket:
    # The handshake comes after `watch`, so that it can be interrupted too.
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
            raise Unreachable(_tls_message(origin, error)) from error
        raise
    assert isinstance(secured, DeadlineSocket)
    return secured


def _tls_message(origin: Origin, error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {_short(origin)} is not valid: {error.verify_message.rstrip('.')}."
        )
    if isinstance(error, TimeoutError):
        return f"{_short(origin)} did not finish the TLS handshake in time."
    return f"TLS with {_short(origin)} failed: {error.strerror or error}."


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """Build a context that verifies certificate and host name, whatever the environment says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = _TimedTLS
    return context


# Idle connections and when they became idle. Deques need no lock, which a fork could leave locked
# for ever in the child.
_Key = tuple[Origin, bool]
_idle: dict[_Key, deque[tuple[Connection, float]]] = {}


def _key(origin: Origin) -> _Key:
    return origin, settings.STREAM_WEBHOOK_ALLOW_LOOPBACK


def take_idle(origin: Origin) -> Connection | None:
    """Take the most recently used idle connection that is still usable; None: there is none."""
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
    """Keep the connection for the next request if it is reusable, and close it otherwise."""
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
    """Close all idle connections; those in use stay open."""
    for idle in _idle.values():
        for connection, _ in idle:
            connection.close()
    _idle.clear()


os.register_at_fork(after_in_child=close_idle)  # They belong to the parent.
