"""The admin of stores: their status, address, time zone, and what guests may order."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from dsp.models import ChannelKey, Store
from integration.db import database_time

from .actions import StoreActions
from .form import MONEY_FIELDS, StoreForm, money_field
from .order_page import address_of, qr_code
from .status import LABELS, StoreList, status_of, with_facts

_ZONES = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
_EDITED = "edited_store"  # The request attribute that holds the store of the form.


class ArchivedFilter(admin.SimpleListFilter):
    """Hide archived stores unless the user asks for them."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Archived"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Not archived"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")


@admin.register(Store)
class StoreAdmin(StoreActions):
    form = StoreForm
    list_display = ["name", "state_of_store", "status_line", "city", "provider_id"]
    list_filter = [ArchivedFilter]
    search_fields = ["name", "city", "postal_code", "=provider_id"]
    search_help_text = "Name, city, postal code or ID"
    ordering = ["name", "pk"]
    change_form_outer_before_template = "admin/dsp/store/state.html"
    readonly_fields = ["provider_id", "connected_at", "disconnected_at"]
    object_fieldsets = [
        (None, {"fields": ["name", "phone", "is_on"]}),
        (
            "What guests may order",
            {
                "fields": [
                    "fulfillment_types", "service_charge", "delivery_fee", "delivery_fee_tax_rate",
                    "withholds_tax", "guests_may_cancel_late",
                ]
            },
        ),
        (
            "Address",
            {
                "fields": [
                    "address_line_1", "address_line_2", "city", "state", "postal_code", "country",
                    "timezone",
                ]
            },
        ),
        ("Stream", {"fields": ["provider_id", "connected_at", "disconnected_at"]}),
    ]  # fmt: skip

    def get_urls(self) -> list[Any]:
        code = self.admin_site.admin_view(self.code_view)
        return [path("<path:object_id>/qr.svg", code, name="dsp_store_code"), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StoreList

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return with_facts(super().get_queryset(request).select_related("live_menu"))

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        return [*super().get_list_select_related(request), "live_menu"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else fieldsets[:-1]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        setattr(request, _EDITED, obj)
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in MONEY_FIELDS:
            return money_field(db_field, request, getattr(request, _EDITED, None))
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "timezone":
            zones = [(zone, zone.replace("_", " ")) for zone in _ZONES]
            # A native list has a name for screen readers, which an empty Select2 has not.
            field.widget = UnfoldAdminSelectWidget(choices=[("", ""), *zones])
            field.help_text = "The hours of its menus are in this time zone."
        return field

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        store = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if store is not None:
            context["standing"] = self._standing(request, store)
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def code_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the QR code of the store's order page, to be printed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        store = self.get_object(request, unquote(object_id))
        if store is None:  # Another merchant's, or unknown.
            raise Http404
        return HttpResponse(qr_code(store), content_type="image/svg+xml")

    def _standing(self, request: HttpRequest, store: Store) -> dict[str, Any]:
        """Return the context of the card above the form."""
        keys = self.admin_site.get_model_admin(ChannelKey)
        status = status_of(store)
        own_end = store.own_paused_until
        is_paused = store.own_paused_at is not None and (
            own_end is None or own_end > database_time.now()
        )
        return {
            "status": status,
            "color": LABELS[status.label],
            "may_pause": self.has_change_permission(request) and store.archived_at is None,
            "is_paused": is_paused,
            "address": address_of(store),
            "new_key": keys.has_add_permission(request)
            and f"{reverse('admin:dsp_channelkey_add')}?merchant={store.merchant_id}",
        }

    @display(description="status", label=LABELS)
    def state_of_store(self, store: Any) -> str:
        return str(store.status.label)

    @display(description="in one line")
    def status_line(self, store: Any) -> str:
        line: str = store.status.line
        return f"{line[:1].upper()}{line[1:]}"
