"""Limits on sign-ins, which are checked before a password is hashed.

The count is in the memory of each web process: it costs no query and works without Redis.
"""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integration.api import networks

from .middleware import client_address
from .rate_limits import RateLimit


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Count a try to sign in; return the page for a client that has tried too often."""
    limit = per_minute(settings.SIGN_IN_TRIES_PER_MINUTE)
    if limit.allows(networks.network(client_address(request))):
        return None
    response = render(request, "account/locked_out.html", {"cooloff_minutes": 1}, status=429)
    response["Retry-After"] = str(limit.seconds_left())
    return response


@cache
def per_minute(most: int) -> RateLimit:
    """Return this process's counts."""
    return RateLimit(most, seconds=60)
