"""The admin of stores: address, time zone, and the state of their connection to Stream."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from dsp.models import Store
from dsp.stores import connection
from integration.admin.shared.tenancy import TenantAdmin, is_owner_or_own_staff, signed_in_user

_ZONES = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
_STATES = {
    "Connected": "success",
    "Paused by Stream": "warning",
    "Not connected": "danger",
    "Off": "info",
    "Archived": "info",
}


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
class StoreAdmin(TenantAdmin):
    list_display = ["name", "city", "state_of_store", "provider_id"]
    list_filter = [ArchivedFilter]
    search_fields = ["name", "city", "postal_code", "=provider_id"]
    search_help_text = "Name, city, postal code or ID"
    ordering = ["name", "pk"]
    actions = ["disconnect", "archive", "restore"]
    readonly_fields = ["provider_id", "state_of_store", "connected_at", "disconnected_at"]
    object_fieldsets = [
        (None, {"fields": ["name", "is_on"]}),
        (
            "Address",
            {
                "fields": [
                    "address_line_1", "address_line_2", "city", "state", "postal_code", "country",
                    "timezone",
                ]
            },
        ),
        (
            "Stream",
            {"fields": ["state_of_store", "provider_id", "connected_at", "disconnected_at"]},
        ),
    ]  # fmt: skip

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(settings.STREAM_DSP_CLIENT_ID) and super().has_change_permission(request, obj)

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and is_owner_or_own_staff(request)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else fieldsets[:-1]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "timezone":
            zones = [(zone, zone.replace("_", " ")) for zone in _ZONES]
            field.widget = UnfoldAdminSelect2Widget(choices=[("", ""), *zones])
            field.help_text = "The hours of its menus are in this time zone."
        return field

    @display(description="status", label=_STATES)
    def state_of_store(self, store: Store) -> str:
        if store.archived_at is not None:
            return "Archived"
        if not store.is_on:
            return "Off"
        if not connection.is_connected(store):
            return "Not connected"
        return "Paused by Stream" if store.is_paused() else "Connected"

    @admin.action(description="Disconnect from Stream", permissions=["disconnect"])
    def disconnect(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        connected = list(queryset.exclude(connected_at=None))
        connection.disconnect(_plain(connected))
        self._done(request, connected, "disconnected from Stream")

    @admin.action(description="Archive: close permanently", permissions=["disconnect"])
    def archive(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        closing = list(queryset.filter(archived_at=None))
        connection.disconnect(_plain(closing))
        _plain(closing).update(archived_at=timezone.now())
        self._done(request, closing, "archived")

    @admin.action(description="Restore", permissions=["disconnect"])
    def restore(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        closed = list(queryset.exclude(archived_at=None))
        _plain(closed).update(archived_at=None)
        self._done(request, closed, "restored; Stream connects it when it publishes its menu")

    def _done(self, request: HttpRequest, stores: list[Any], outcome: str) -> None:
        if not stores:
            self.message_user(request, "Nothing to do.", messages.WARNING)
            return
        user = signed_in_user(request)
        LogEntry.objects.log_actions(user.pk, stores, CHANGE, outcome.capitalize())
        names = ", ".join(str(store) for store in stores)
        self.message_user(request, f"{names}: {outcome}.")


def _plain(stores: list[Any]) -> "QuerySet[Store]":
    return Store.objects.filter(pk__in=[store.pk for store in stores])
