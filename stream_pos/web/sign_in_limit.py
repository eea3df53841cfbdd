"""Limits on sign-ins, which are checked before a password is hashed.

The count is in the memory of each web process: it costs no query and works without Redis.
"""

import ipaddress
import math
import time
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from integration.password_hasher import HashingBusy

from .middleware import client_address

GetResponse = Callable[[HttpRequest], HttpResponse]


class HashingLimit:
    """Answer 503 with Retry-After while too many passwords are being hashed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, HashingBusy):
            return None
        response = render(None, "503.html", status=503)
        response["Retry-After"] = "2"
        return response


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Count a try to sign in; return the page for a client that has tried too often."""
    allowed = RateLimitItemPerMinute(settings.SIGN_IN_TRIES_PER_MINUTE)
    client = network(client_address(request))
    if limiter().hit(allowed, client):
        return None
    wait_seconds = limiter().get_window_stats(allowed, client).reset_time - time.time()
    response = render(request, "account/locked_out.html", {"cooloff_minutes": 1}, status=429)
    response["Retry-After"] = str(max(1, math.ceil(wait_seconds)))
    return response


def network(address: str) -> str:
    """Return the network that one client controls: an IPv4 address, or an IPv6 /64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


@cache
def limiter() -> MovingWindowRateLimiter:
    """Return this process's counts; made late, because they start a thread."""
    return MovingWindowRateLimiter(MemoryStorage())
