"""The archive of the channel's received events, read-only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from dsp.models import ReceivedEvent
from integration.admin.delivery.events import as_block
from integration.admin.shared.read_only import ReadOnlyMixin

from .base import ChannelAdmin, StoreFilter

Outcome = ReceivedEvent.Outcome
_COLORS = {
    Outcome.APPLIED.label: "success",
    Outcome.NOTED.label: "info",
    Outcome.STORED.label: "info",
    Outcome.UNKNOWN_TYPE.label: "warning",
    Outcome.UNKNOWN_STORE.label: "danger",
    Outcome.UNKNOWN_OBJECT.label: "warning",
    Outcome.MALFORMED.label: "danger",
}


@admin.register(ReceivedEvent)
class ReceivedEventAdmin(ReadOnlyMixin, ChannelAdmin):
    list_display = ["shown_type", "shown_outcome", "store", "received_at"]
    list_select_related = ["store"]
    list_filter = [StoreFilter, "outcome", "event_type", ("received_at", admin.DateFieldListFilter)]
    ordering = ["-received_at", "-pk"]
    actions = None
    object_fieldsets = [
        (None, {"fields": ["shown_type", "shown_outcome", "problem", "store", "received_at"]}),
        ("Received", {"fields": ["shown_body"]}),
    ]
    readonly_fields = [
        "shown_type", "shown_outcome", "problem", "store", "received_at", "shown_body",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ReceivedEvent]":
        events = super().get_queryset(request)
        match = request.resolver_match
        is_list = match is not None and (match.url_name or "").endswith("_changelist")
        return events.defer("body") if is_list else events

    @display(description="event", ordering="event_type")
    def shown_type(self, event: ReceivedEvent) -> str:
        return event.event_type or "no type"

    @display(description="outcome", ordering="outcome", label=_COLORS)
    def shown_outcome(self, event: ReceivedEvent) -> str:
        return event.get_outcome_display()

    @display(description="body")
    def shown_body(self, event: ReceivedEvent) -> SafeString:
        return as_block(bytes(event.body).decode("utf-8", "replace"))
