"""The events owed to Stream, and each attempt to deliver them."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from .. import outbox
from ..models import DeliveryAttempt, OutboundEvent, User
from .tenancy import TenantAdmin, TenantInline, is_owner_or_own_staff, person

# Says to which locations (provider_ids) a person is limited, None without a limit. Filled by the
# app that knows locations.
location_limits: list[Callable[[User], set[str] | None]] = []

_SHOWN_CHARACTERS = 200_000
_STATES = {
    OutboundEvent.State.WAITING.label: "info",
    OutboundEvent.State.DELIVERED.label: "success",
    OutboundEvent.State.FAILED.label: "danger",
    OutboundEvent.State.WITHDRAWN.label: "",
}


def as_block(text: str) -> SafeString:
    """JSON for people to read; anything else as it is."""
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[:_SHOWN_CHARACTERS]}\n… ({len(text)} characters)"
    return format_html('<pre class="sp-text">{}</pre>', text)


class AttemptInline(TenantInline):
    model = DeliveryAttempt
    merchant_path = "event__merchant"
    tab = False
    ordering = ["number"]
    verbose_name_plural = "attempts"
    fields = readonly_fields = [
        "number", "started_at", "duration", "status_code", "error", "excerpt",
    ]  # fmt: skip

    @display(description="took")
    def duration(self, attempt: DeliveryAttempt) -> str:
        return f"{attempt.duration_ms} ms"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(OutboundEvent)
class OutboundEventAdmin(TenantAdmin):
    list_display = [
        "event_type", "location_id", "shown_state", "attempt_count", "due_at", "created_at",
    ]  # fmt: skip
    list_filter = ["state", "event_type", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["location_id", "ordering_key"]
    search_help_text = "Location ID or ordering key"
    ordering = ["-pk"]
    actions = ["send_again", "stop"]
    inlines = [AttemptInline]
    object_fieldsets = [
        (None, {"fields": ["event_type", "location_id", "shown_state", "shown_body"]}),
        (
            "Delivery",
            {
                "fields": [
                    "attempt_count", "due_at", "finished_at", "created_at", "ordering_key",
                    "endpoint", "public_id",
                ]
            },
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OutboundEvent]":
        events = super().get_queryset(request)
        for limit in location_limits:
            only = limit(person(request))
            if only is not None:
                events = events.filter(location_id__in=only)
        return events

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for _, part in self.object_fieldsets for name in part["fields"]]
        return [*shown, "merchant"]

    @display(description="state", ordering="state", label=_STATES)
    def shown_state(self, event: OutboundEvent) -> str:
        return event.get_state_display()

    @display(description="body")
    def shown_body(self, event: OutboundEvent) -> SafeString:
        return as_block(event.body)

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[OutboundEvent]") -> None:
        chosen = queryset.count()
        count = outbox.requeue(queryset)
        told = f"{count} will be sent again."
        if count < chosen:
            told += " The others were taken back, or their location is not connected any more."
        self.message_user(request, told)

    @admin.action(description="Stop", permissions=["send"])
    def stop(self, request: HttpRequest, queryset: "QuerySet[OutboundEvent]") -> None:
        self.message_user(request, f"{outbox.stop(queryset)} will not be sent any more.")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return is_owner_or_own_staff(request) and self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
