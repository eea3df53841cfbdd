"""The pages of merchants and visitors: sign-in, account, status, errors."""

import sys
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views import defaults as django_defaults
from django.views.decorators.cache import never_cache
from oauth2_provider.scopes import get_scopes_backend

from catalog.locations import connection
from catalog.models import Location
from integration.models import Merchant, User
from integration.oauth import authorizations
from stream_pos.version import VERSION

from . import health, middleware


class SignIn(LoginView):
    """Signs in by e-mail and password, and goes on to where the person was going."""

    template_name = "account/sign_in.html"
    redirect_authenticated_user = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        following = self.get_redirect_url()
        authorizing = (reverse("authorize"), reverse("short:authorize"))
        return super().get_context_data(
            **kwargs,
            action=reverse("sign-in"),
            connecting="Stream" if following.startswith(authorizing) else "",
        ) | {"next": following}


class SignOut(LogoutView):
    """Signs out; `next` may name a page of ours to go on to."""

    http_method_names = ["post", "options"]


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """After too many failed sign-ins (django-axes)."""
    minutes = int(float(settings.AXES_COOLOFF_TIME) * 60)
    return render(request, "account/locked_out.html", {"cooloff_minutes": minutes}, status=429)


@method_decorator(never_cache, name="dispatch")
class AccountPage(LoginRequiredMixin, View):
    """A merchant's connection to Stream and its locations."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = _user(request)
        if user.merchant is None:
            return render(request, "account/no_merchant.html")
        context = {
            "merchant": user.merchant,
            "account": user,
            "role": user.get_role_display(),
            "connection": _connection(user.merchant),
            "locations": _locations(user.merchant),
            "may_disconnect": user.is_owner,
            "may_open_admin": True,
            "admin_url": reverse("admin:index"),
            "board_url": reverse("board:page") if user.has_perm("orders.view_order") else "",
        }
        return render(request, "account/account.html", context)


@method_decorator(never_cache, name="dispatch")
class DisconnectPage(LoginRequiredMixin, View):
    """Asks first, then ends the merchant's authorization."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not _user(request).is_owner:
            messages.error(request, _("Only the owner can disconnect Stream."))
            return HttpResponseRedirect(reverse("account"))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "account/disconnect.html", {"merchant": _user(request).merchant})

    def post(self, request: HttpRequest) -> HttpResponse:
        merchant = _user(request).merchant
        if merchant is not None:
            connection.disconnect_merchant(merchant)
            messages.success(request, _("Stream is disconnected."))
        return HttpResponseRedirect(reverse("account"))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _connection(merchant: Merchant) -> dict[str, Any] | None:
    current = authorizations.current(merchant.pk)
    if current is None:
        return None
    described = get_scopes_backend().get_all_scopes()
    return {
        "is_live": True,
        "since": current.since,
        "expires_at": current.expires_at,
        "authorized_by": current.authorized_by,
        "scopes": [described[scope] for scope in current.scopes if scope in described],
    }


def _locations(merchant: Merchant) -> list[dict[str, Any]]:
    locations = Location.objects.filter(merchant=merchant, archived_at=None)
    is_live = authorizations.is_live(merchant.pk)
    return [
        {
            "name": location.name,
            "provider_id": location.provider_id,
            "address_line": ", ".join(
                part for part in (location.address_line_1, location.city, location.state) if part
            ),
            "timezone": location.timezone,
            "is_connected": is_live and location.is_connected,
            "is_paused": location.is_paused(),
            "paused_until": location.paused_until,
            "is_open": location.is_open(),
            "last_pulled_at": getattr(getattr(location, "snapshot", None), "pulled_at", None),
        }
        for location in locations.select_related("snapshot")
    ]


@method_decorator(never_cache, name="dispatch")
class StatusPage(View):
    """What this is, whether it is healthy, whether delivery works. Harmless facts only."""

    def get(self, request: HttpRequest) -> HttpResponse:
        problem = health.database_problem()
        if problem is not None:
            return render(request, "503.html", status=503)
        state = health.delivery()
        rows = [
            _row(_("Web"), "ok", _("Answers requests")),
            _row(_("Database"), "ok", _("Answers, and is up to date")),
            _delivery_row(state),
        ]
        overall = "ok" if all(row["state"] == "ok" for row in rows) else "warning"
        context = {
            "health": rows,
            "overall": overall,
            "delivery": state,
            "version": VERSION,
            "links": [
                (
                    _("Board"),
                    reverse("board:page"),
                    _("Orders as they come: accept, finish, print"),
                ),
                (_("Your account"), reverse("account"), _("Your connection to Stream")),
                (_("Admin"), reverse("admin:index"), _("Menus, locations and orders")),
                (_("API"), reverse("docs"), _("What this POS serves to Stream")),
            ],
        }
        return render(request, "status.html", context)


def _row(label: str, state: str, detail: str) -> dict[str, str]:
    return {"label": label, "state": state, "detail": detail}


def _delivery_row(state: health.Delivery) -> dict[str, str]:
    label = _("Delivery to Stream")
    if not state.webhook_url_set:
        return _row(label, "warning", _("Events wait: STREAM_WEBHOOK_URL is not set"))
    if state.reason is not None:
        return _row(label, "warning", _("Events wait: see below"))
    return _row(label, "ok", _("Events are delivered as they arise"))


def _is_for_machines(request: HttpRequest) -> bool:
    return request.path.startswith(("/stream-pos/", "/v1/", "/api/"))


def _problem(status: int, error: str, description: str) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig) and not _is_for_machines(request):
        return render(None, "413.html", status=413)
    if _is_for_machines(request):
        return _problem(400, "invalid_request", "The request cannot be read.")
    return django_defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_machines(request):
        return _problem(404, "not_found", "There is no such address here.")
    return django_defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return middleware.away(request, error)
    if _is_for_machines(request):
        return _problem(500, "server_error", "Something broke here; it has been logged.")
    return django_defaults.server_error(request)
