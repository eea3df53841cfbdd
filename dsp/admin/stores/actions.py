"""Actions on stores: our own pause, disconnecting, archiving."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dsp.admin.base import ChannelAdmin, local_time
from dsp.models import Store
from dsp.stores import connection, own_pause
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import is_owner_or_own_staff, signed_in_user
from integration.db import database_time


class StoreActions(ButtonsMixin, ChannelAdmin):
    """Stream is told of our own pause, and of its end."""

    actions = ["pause", "resume", "disconnect", "archive", "restore"]
    buttons: ClassVar[list[str]] = ["pause_half_an_hour", "pause_two_hours", "pause", "resume"]

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and is_owner_or_own_staff(request)

    @admin.action(description="Pause until resumed", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._pause(request, queryset, None)

    @admin.action(description="Pause for 30 minutes", permissions=["change"])
    def pause_half_an_hour(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._pause(request, queryset, timedelta(minutes=30))

    @admin.action(description="Pause for 2 hours", permissions=["change"])
    def pause_two_hours(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._pause(request, queryset, timedelta(hours=2))

    def _pause(
        self, request: HttpRequest, queryset: "QuerySet[Any]", duration: timedelta | None
    ) -> None:
        until = None if duration is None else database_time.now() + duration
        stores = list(queryset.filter(archived_at=None))
        for store in stores:
            own_pause.pause(store.pk, until, signed_in_user(request).email)
            end = f" until {local_time(store, until)}" if until else ""
            self._done(request, [store], f"paused{end}")
        if not stores:
            self._done(request, [], "")

    @admin.action(description="Resume: end our own pause", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        paused = list(queryset.filter(archived_at=None, own_paused_at__isnull=False))
        for store in paused:
            own_pause.resume(store.pk, signed_in_user(request).email)
        self._done(request, paused, "resumed; a pause by Stream is not ours to end")

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
