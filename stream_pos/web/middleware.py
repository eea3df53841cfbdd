"""What happens before any view: probes, our public origin, a database that is away."""

import ipaddress
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from integration.models import User

from . import health
from .metrics import metrics

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
_RETRY_AFTER_SECONDS = "5"


class ProbesFirst:
    """Answers /healthz, /readyz and /metrics whatever host name is asked for, without sessions."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "alive"})
        if request.path == "/readyz":
            return health.readiness()
        if request.path == "/metrics":
            return metrics(request)
        return self.get_response(request)


class PublicOrigin:
    """Every request counts as having come to STREAM_POS_PUBLIC_URL's scheme.

    So secure cookies, HSTS and links follow from one setting, and no header has to be trusted.
    The client's address is taken from X-Forwarded-For only when a trusted proxy wrote it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["wsgi.url_scheme"] = "https" if settings.PRODUCTION else "http"
        request.META["REMOTE_ADDR"] = _client(request)
        # No cookie of ours holds a zero byte, and PostgreSQL fails over one.
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        return self.get_response(request)


class AwayDatabase:
    """A database that does not answer is a 503 with Retry-After, never a 500 (contract ALL).

    Here for views; pages.server_error does the same when a middleware finds it away.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return away(request, error)
        return None


def away(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("The database does not answer: %s", error)
    if request.path.startswith(("/stream-pos/", "/v1/", "/api/")):
        response: HttpResponse = JsonResponse(
            {
                "error": "temporarily_unavailable",
                "error_description": "The database is away for a moment: send this again soon.",
            },
            status=503,
        )
    else:
        response = render(None, "503.html", status=503)
    response["Retry-After"] = _RETRY_AFTER_SECONDS
    return response


def client_address(request: HttpRequest) -> str:
    """For the limit on failed sign-ins."""
    return str(request.META.get("REMOTE_ADDR", ""))


def account_name(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """For the limit on failed sign-ins: however an address is spelled, it is one account."""
    sent = (credentials or {}).get("username") or request.POST.get("username", "")
    return User.objects.normalize(sent)


def _client(request: HttpRequest) -> str:
    """Goes back through X-Forwarded-For as long as proxies that we trust vouch for it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    while hops and hops[-1] and _is_trusted(address) and _is_address(hops[-1]):
        address = hops.pop()
    return address


def _is_trusted(address: str) -> bool:
    if not _is_address(address):
        return False
    return any(
        ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
        for network in settings.TRUSTED_PROXIES
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
