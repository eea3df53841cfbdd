"""Pages for merchants and visitors: account, status and errors."""

import sys
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views import View
from django.views import defaults as django_defaults
from django.views.decorators.cache import never_cache
from oauth2_provider.scopes import get_scopes_backend

from catalog.locations import connection
from catalog.models import Location
from dsp.client_role import NAME as DSP_NAME
from dsp.models import Store
from dsp.stores import connection as store_connection
from integration.db.outages import is_outage
from integration.models import Alarm, Merchant, User
from integration.models.authorizations import POS as POS_NAME
from integration.monitoring import alarms
from integration.oauth import authorizations
from stream_pos.version import VERSION

from . import database_health, health, middleware
from .api_paths import error_body, is_api


@method_decorator(never_cache, name="dispatch")
class AccountPage(LoginRequiredMixin, View):
    """The merchant's connection to Stream and its locations."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = _user(request)
        if user.merchant is None:
            return render(request, "account/no_merchant.html")
        context = {
            "merchant": user.merchant,
            "account": user,
            "role": user.get_role_display(),
            "connection": _connection(user.merchant),
            "channel": _channel(user.merchant),
            "locations": _locations(user.merchant),
            "may_disconnect": user.is_owner,
            "may_open_admin": True,
            "admin_url": reverse("admin:index"),
            "board_url": reverse("board:page") if user.has_perm("orders.view_order") else "",
        }
        return render(request, "account/account.html", context)


@method_decorator(never_cache, name="dispatch")
class DisconnectPage(LoginRequiredMixin, View):
    """Ask for confirmation, then revoke the merchant's authorization."""

    template_name = "account/disconnect.html"
    disconnected = _lazy("Stream is disconnected.")
    disconnect_merchant = staticmethod(connection.disconnect_merchant)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not _user(request).is_owner:
            messages.error(request, _("Only the owner can disconnect Stream."))
            return HttpResponseRedirect(reverse("account"))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, self.template_name, {"merchant": _user(request).merchant})

    def post(self, request: HttpRequest) -> HttpResponse:
        merchant = _user(request).merchant
        if merchant is not None:
            self.disconnect_merchant(merchant)
            messages.success(request, self.disconnected)
        return HttpResponseRedirect(reverse("account"))


class DisconnectChannelPage(DisconnectPage):
    """The same for the merchant's ordering channel."""

    template_name = "account/disconnect_channel.html"
    disconnected = _lazy("Your ordering channel is disconnected.")
    disconnect_merchant = staticmethod(store_connection.disconnect_merchant)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _connection(merchant: Merchant, role: str = POS_NAME) -> dict[str, Any] | None:
    current = authorizations.current(merchant.pk, role)
    if current is None:
        return None
    descriptions = get_scopes_backend().get_all_scopes()
    return {
        "is_live": True,
        "since": current.since,
        "expires_at": current.expires_at,
        "renews": current.renews,
        "last_used_at": current.last_used_at,
        "authorized_by": current.authorized_by,
        "has_left": current.has_left,
        "scopes": [descriptions[scope] for scope in current.scopes if scope in descriptions],
    }


def _channel(merchant: Merchant) -> dict[str, Any] | None:
    """Describe the merchant's ordering channel; None while the role is off."""
    if not settings.STREAM_DSP_CLIENT_ID:
        return None
    current = _connection(merchant, DSP_NAME)
    stores = Store.objects.filter(merchant=merchant, archived_at=None)
    return {
        "connection": current,
        "stores": [
            {
                "name": store.name,
                "provider_id": store.provider_id,
                "is_connected": current is not None and store.connected_at is not None,
                "is_paused": store.is_paused(),
            }
            for store in stores
        ],
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
    """Public status page: health, delivery and open alarms, without anything confidential."""

    def get(self, request: HttpRequest) -> HttpResponse:
        problem = database_health.problem()
        if problem is not None:
            return render(request, "503.html", status=503)
        state = health.delivery()
        rows = [
            _row(_("Web server"), "ok", _("Answering requests")),
            _row(_("Database"), "ok", _("Available and up to date")),
            _delivery_row(state),
            _alarms_row(_alarms_for(request)),
        ]
        states = {row["state"] for row in rows}
        overall = next(state for state in ("error", "warning", "ok") if state in states)
        context = {
            "health": rows,
            "overall": overall,
            "delivery": state,
            "version": VERSION,
            "links": [
                (
                    _("Board"),
                    reverse("board:page"),
                    _("Live orders: accept, complete, print"),
                ),
                (_("Your account"), reverse("account"), _("Your connection to Stream")),
                (_("Admin"), reverse("admin:index"), _("Menus, locations and orders")),
                (_("API"), reverse("docs"), _("The API this POS offers to Stream")),
            ],
        }
        return render(request, "status.html", context)


def _row(label: str, state: str, detail: str) -> dict[str, str]:
    return {"label": label, "state": state, "detail": detail}


def _delivery_row(state: health.Delivery) -> dict[str, str]:
    label = _("Delivery to Stream")
    if not state.webhook_url_set:
        return _row(label, "warning", _("Events are waiting: STREAM_WEBHOOK_URL is not set"))
    if state.reason is not None:
        return _row(label, "warning", _("Events are waiting: see below"))
    return _row(label, "ok", _("Events are delivered immediately"))


def _alarms_for(request: HttpRequest) -> list[Alarm]:
    """Return the open alarms that the person may know of; visitors learn the general ones."""
    if isinstance(request.user, User):
        return alarms.open_for(request.user)
    return alarms.open_for_everybody()


def _alarms_row(open_alarms: list[Alarm]) -> dict[str, str]:
    label = _("Alarms")
    if not open_alarms:
        return _row(label, "ok", _("None is open"))
    is_outage = any(alarms.is_outage(alarm) for alarm in open_alarms)
    detail = alarms.kinds_in_words(open_alarms)
    return _row(label, "error" if is_outage else "warning", detail)


def _problem(request: HttpRequest, status: int, error: str, description: str) -> JsonResponse:
    return JsonResponse(error_body(request.path, error, description), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig) and not is_api(request.path):
        return render(None, "413.html", status=413)
    if is_api(request.path):
        return _problem(request, 400, "invalid_request", "The request cannot be read.")
    return django_defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path):
        return _problem(request, 404, "not_found", "There is nothing at this address.")
    return django_defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if isinstance(error, Exception) and is_outage(error):
        return middleware.database_unavailable(request, error)
    if is_api(request.path):
        return _problem(
            request, 500, "server_error", "An internal error occurred and has been logged."
        )
    return django_defaults.server_error(request)
