"""Middleware: health probes, the public origin, database outages and Stream's events."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from integration.db import outages
from integration.models import User
from orders.stream_events import views as stream_events

from . import api_paths, cookies, forwarding, health
from .metrics import metrics

GetResponse = Callable[[HttpRequest], HttpResponse]
_RETRY_AFTER_SECONDS = "5"


class HealthProbes:
    """Answer /healthz, /readyz and /metrics for any host name and without sessions."""

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
    """Treat every request as made with the scheme of STREAM_POS_PUBLIC_URL.

    Secure cookies, HSTS and links thus follow from one setting, and no header has to be trusted.
    The client's address is taken from X-Forwarded-For only if a trusted proxy set it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["wsgi.url_scheme"] = "https" if settings.PRODUCTION else "http"
        request.META["REMOTE_ADDR"] = _client(request)
        if "HTTP_COOKIE" in request.META:
            request.META["HTTP_COOKIE"] = cookies.without_escapes(request.META["HTTP_COOKIE"])
        # PostgreSQL rejects zero bytes, and our own cookies never contain one.
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        return self.get_response(request)


class DatabaseOutage:
    """Answer 503 with Retry-After, never 500, when the database is unavailable (contract ALL).

    Covers errors raised by views; pages.server_error handles those raised by middleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 500:
            outages.report_success()
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if outages.is_outage(error):
            return database_unavailable(request, error)
        return None


class StreamEvents:
    """Hand Stream's signed events to their handler, for any host name and without sessions.

    The middleware below is for pages and costs as much as the handler itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == api_paths.STREAM_EVENTS:
            return stream_events.receive(request)
        return self.get_response(request)


def database_unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    outages.report(error)
    if api_paths.is_api(request.path):
        response: HttpResponse = JsonResponse(
            api_paths.error_body(
                request.path,
                "temporarily_unavailable",
                "The database is unavailable: please try again soon.",
            ),
            status=503,
        )
    else:
        response = render(None, "503.html", status=503)
    response["Retry-After"] = _RETRY_AFTER_SECONDS
    # Django logs each response of 500 and above unless it has been logged.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own attribute.
    return response


def client_address(request: HttpRequest) -> str:
    """Return the client's address for the limit on failed sign-ins."""
    return str(request.META.get("REMOTE_ADDR", ""))


def account_name(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """Return the normalized e-mail address for the limit on failed sign-ins."""
    username = (credentials or {}).get("username") or request.POST.get("username", "")
    return User.objects.normalize(username)


def _client(request: HttpRequest) -> str:
    address = str(request.META.get("REMOTE_ADDR", ""))
    # Not request.headers, which takes a while to make.
    return forwarding.client(address, request.META.get("HTTP_X_FORWARDED_FOR", ""))
