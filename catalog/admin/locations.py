"""Locations: where they are, when they are open, whether they take orders."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from integration import wake
from integration.admin.tenancy import TenantAdmin, is_owner_or_own_staff, person
from integration.oauth import authorizations

from .. import connection, pausing
from ..models import Location
from ..models.locations import new_location_id
from .access import AccessAtLocationInline
from .filters import ArchivedFilter
from .places import is_limited, limit_of
from .saving import changed_fields, save_only
from .shown import readable
from .week import WEEK_FIELDS, WeekForm, as_lines

_STATES = {"Connected": "success", "Not connected": ""}
_TAKING = {"Takes orders": "success", "Paused": "warning", "Archived": "danger"}
_ZONES = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


class LocationForm(WeekForm):
    week_name = "hours"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider_id" in self.fields:
            self.fields["provider_id"].required = False
            self.initial["provider_id"] = ""
            self.fields[
                "provider_id"
            ].help_text = "What Stream knows it by, for ever. Leave it empty to have one made."

    def clean_provider_id(self) -> str:
        provider_id: str = self.cleaned_data["provider_id"]
        if not provider_id:
            return new_location_id()
        if Location.objects.filter(provider_id=provider_id).exists():
            raise forms.ValidationError("This ID is taken: choose another one, or leave it empty.")
        return provider_id

    def whole_week(self, week: dict[str, list[str]]) -> dict[str, list[str]]:
        return week if any(week.values()) else {}


@admin.register(Location)
class LocationAdmin(TenantAdmin):
    form = LocationForm
    list_display = ["name", "city", "taking_orders", "stream", "prep_time_minutes"]
    list_filter = [ArchivedFilter]
    search_fields = ["name", "city", "postal_code", "=provider_id"]
    search_help_text = "Name, city, postal code or ID"
    ordering = ["name", "pk"]
    actions = ["pause", "resume", "disconnect", "archive", "bring_back"]
    inlines = [AccessAtLocationInline]
    readonly_fields = ["taking_orders", "stream", "paused_from", "paused_to", "week"]
    object_fieldsets = [
        (None, {"fields": ["name", "taking_orders", "paused_from", "paused_to", "stream"]}),
        (
            "Address",
            {
                "fields": [
                    "address_line_1", "address_line_2", "city", "state", "postal_code", "country",
                    "timezone",
                ]
            },
        ),
        ("Kitchen", {"fields": ["prep_time_minutes"]}),
        (
            "Opening hours",
            {
                "fields": WEEK_FIELDS,
                "description": "Like 09:00-14:00, 17:00-22:30; an empty day is closed."
                " <strong>All days empty: always open.</strong> Past midnight, write two windows:"
                " until 23:59, and from 00:00 on the next day.",
            },
        ),
        ("For Stream", {"fields": ["provider_id"], "classes": ["collapse"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        live = Q(merchant_id__in=authorizations.live_merchant_ids())
        authorized = ExpressionWrapper(live, output_field=BooleanField())
        locations = super().get_queryset(request)
        limit = limit_of(request)
        if limit is not None:
            locations = locations.filter(pk__in=limit)
        annotated: QuerySet[Any] = locations.annotate(is_authorized=authorized)
        return annotated

    def get_choices(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return super().get_choices(request, queryset).filter(archived_at=None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        hidden = set(self.readonly_fields) if obj is None else set()
        may_edit = self.has_change_permission(request, obj)
        return [
            (
                name,
                {
                    **part,
                    "fields": [
                        field
                        for field in (part["fields"] if may_edit else readable(part["fields"]))
                        if field not in hidden
                    ],
                },
            )
            for name, part in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "provider_id"] if obj is not None else fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return list(self.inlines) if obj is not None else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "timezone":
            zones = [(zone, zone.replace("_", " ")) for zone in _ZONES]
            field.widget = UnfoldAdminSelect2Widget(choices=zones)
            field.help_text = "Opening hours and menus follow this clock."
        return field

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not is_limited(request)

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and not is_limited(request)

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and is_owner_or_own_staff(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if change:
            save_only(obj, changed_fields(form))
        else:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        wake.on_commit("catalog.tasks.refresh", form.instance.merchant_id)

    @display(description="orders", label=_TAKING)
    def taking_orders(self, location: Location) -> str:
        if location.archived_at is not None:
            return "Archived"
        return "Paused" if location.is_paused() else "Takes orders"

    @display(description="Stream", ordering="is_connected", label=_STATES)
    def stream(self, location: Any) -> str:
        connected = location.is_connected and location.is_authorized
        return "Connected" if connected and location.archived_at is None else "Not connected"

    @display(description="paused since")
    def paused_from(self, location: Location) -> str:
        return _instant(location, location.paused_at) if location.is_paused() else "–"

    @display(description="paused until")
    def paused_to(self, location: Location) -> str:
        if not location.is_paused():
            return "–"
        until = location.paused_until
        return _instant(location, until) if until else "Somebody resumes it"

    @display(description="opening hours")
    def week(self, location: Location) -> Any:
        return as_lines(location.hours, nothing="Always open")

    @admin.action(description="Pause: take no orders", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        running = [one for one in queryset.filter(archived_at=None) if not one.is_paused()]
        for location in running:
            pausing.pause(location)
        self._done(request, running, "paused")

    @admin.action(description="Resume: take orders again", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        paused = list(queryset.filter(archived_at=None, paused_at__isnull=False))
        for location in paused:
            pausing.resume(location)
        self._done(request, paused, "resumed")

    @admin.action(description="Disconnect from Stream", permissions=["disconnect"])
    def disconnect(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        connected = list(queryset.filter(is_connected=True))
        connection.disconnect(_plain(connected))
        self._done(request, connected, "disconnected from Stream")

    @admin.action(description="Archive: close for good", permissions=["archive"])
    def archive(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        closing = list(queryset.filter(archived_at=None))
        for location in closing:
            pausing.archive(location)
        self._done(request, closing, "archived")

    @admin.action(description="Bring back", permissions=["archive"])
    def bring_back(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Comes back without its connection: Stream was told that it is closed."""
        closed = list(queryset.exclude(archived_at=None))
        with transaction.atomic():
            connection.disconnect(_plain(closed))
            _plain(closed).update(archived_at=None)
        self._done(request, closed, "brought back; connect again with Stream what is to sell there")

    def _done(self, request: HttpRequest, locations: list[Any], what: str) -> None:
        if not locations:
            self.message_user(request, "There was nothing to do.", messages.WARNING)
            return
        LogEntry.objects.log_actions(person(request).pk, locations, CHANGE, what.capitalize())
        for merchant_id in {location.merchant_id for location in locations}:
            wake.on_commit("catalog.tasks.refresh", merchant_id)
        names = ", ".join(str(location) for location in locations)
        self.message_user(request, f"{names}: {what}.")


def _plain(locations: list[Any]) -> "QuerySet[Location]":
    return Location.objects.filter(pk__in=[location.pk for location in locations])


def _instant(location: Location, at: Any) -> str:
    return f"{location.local(at):%d %b %Y, %H:%M} ({location.timezone})"
