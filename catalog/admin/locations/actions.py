"""Actions on locations, in the list and on a location's own page."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog import history
from catalog.admin.scope.location_limits import is_limited
from catalog.locations import connection
from catalog.locations import pause as location_pause
from catalog.models import Location
from integration import wakeups
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import TenantAdmin, is_owner_or_own_staff, signed_in_user
from integration.db import database_time

from . import archiving


class LocationActions(ButtonsMixin, TenantAdmin):
    actions = ["pause", "resume", "disconnect", "archive", "bring_back"]
    buttons: ClassVar[list[str]] = [
        "pause_half_an_hour", "pause_an_hour", "pause_for_the_day", "pause", "resume",
    ]  # fmt: skip

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and not is_limited(request)

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and is_owner_or_own_staff(request)

    @admin.action(description="Pause: take no orders", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        live = queryset.filter(archived_at=None)
        running = [location for location in live if not location.is_paused()]
        for location in running:
            location_pause.pause(location)
        self._done(request, running, "paused")

    @admin.action(description="Pause for 30 minutes", permissions=["change"])
    def pause_half_an_hour(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._pause_for(request, queryset, timedelta(minutes=30))

    @admin.action(description="Pause for 1 hour", permissions=["change"])
    def pause_an_hour(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._pause_for(request, queryset, timedelta(hours=1))

    @admin.action(description="Pause for the day", permissions=["change"])
    def pause_for_the_day(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._pause_for(request, queryset, None)

    def _pause_for(
        self, request: HttpRequest, queryset: "QuerySet[Any]", duration: timedelta | None
    ) -> None:
        """Pause for that time, or with None until the location's next business day."""
        for location in queryset.filter(archived_at=None):
            until = location.end_of_day() if duration is None else database_time.now() + duration
            location_pause.pause(location, until=until)
            self._done(request, [location], f"paused until {location.local(until):%d %b, %H:%M}")

    @admin.action(description="Resume: take orders again", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        paused = list(queryset.filter(archived_at=None, paused_at__isnull=False))
        for location in paused:
            location_pause.resume(location)
        self._done(request, paused, "resumed")

    @admin.action(description="Disconnect from Stream", permissions=["disconnect"])
    def disconnect(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        connected = list(queryset.filter(is_connected=True))
        connection.disconnect(_plain(connected))
        self._done(request, connected, "disconnected from Stream")

    @admin.action(description="Archive: close permanently", permissions=["archive"])
    def archive(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        """Close the locations, once the person has seen what names them."""
        closing = list(queryset.filter(archived_at=None))
        question = archiving.ask(self, request, closing)
        if question is not None:
            return question
        for location in closing:
            location_pause.archive(location)
        self._done(request, closing, "archived")
        return None

    @admin.action(description="Restore", permissions=["archive"])
    def bring_back(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Restore locations without their connection, as Stream was told that they are closed."""
        closed = list(queryset.exclude(archived_at=None))
        with transaction.atomic():
            connection.disconnect(_plain(closed))
            _plain(closed).update(archived_at=None)
            history.record_update(closed, archived_at=None)
        self._done(request, closed, "restored; reconnect to Stream to sell there again")

    def _done(self, request: HttpRequest, locations: list[Any], outcome: str) -> None:
        if not locations:
            self.message_user(request, "Nothing to do.", messages.WARNING)
            return
        LogEntry.objects.log_actions(
            signed_in_user(request).pk, locations, CHANGE, outcome.capitalize()
        )
        for merchant_id in {location.merchant_id for location in locations}:
            wakeups.on_commit("catalog.tasks.refresh", merchant_id)
        names = ", ".join(str(location) for location in locations)
        self.message_user(request, f"{names}: {outcome}.")


def _plain(locations: list[Any]) -> "QuerySet[Location]":
    return Location.objects.filter(pk__in=[location.pk for location in locations])
