"""The archive of received events, each exactly as it arrived, with our answer."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Location
from integration.admin.delivery.events import as_block
from orders.admin.shared.filters import ReasonFilter
from orders.admin.shared.read_only import ReadOnlyAdmin
from orders.models import InboundEvent
from orders.protocol.lenient import Malformed
from orders.protocol.parser import read_event

Outcome = InboundEvent.Outcome
_COLORS = {
    Outcome.ACCEPTED.label: "success",
    Outcome.DEFERRED.label: "success",
    Outcome.APPLIED.label: "success",
    Outcome.REPEATED.label: "info",
    Outcome.NOTED.label: "info",
    Outcome.REFUSED.label: "danger",
    Outcome.KEY_REUSED.label: "danger",
    Outcome.MALFORMED.label: "danger",
    Outcome.UNKNOWN_ORDER.label: "warning",
    Outcome.UNKNOWN_TYPE.label: "warning",
}


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnlyAdmin):
    list_display = ["shown_type", "shown_outcome", "status_code", "order", "received_at"]
    list_select_related = ["order"]
    list_filter = [
        "outcome",
        ReasonFilter,
        "event_type",
        ("received_at", admin.DateFieldListFilter),
    ]
    search_fields = ["order__dsp_order_number", "order__dsp_order_id", "=order__pk"]
    search_help_text = "Order number, channel's order ID or key"
    ordering = ["-received_at", "-pk"]
    actions = None
    object_fieldsets = [
        (
            None,
            {
                "fields": [
                    *("shown_type", "sent_type", "shown_outcome"),
                    *("order", "received_at", "status_code"),
                ]
            },
        ),
        ("Received", {"fields": ["shown_body", "dry_run_link"]}),
        ("Our answer", {"fields": ["shown_answer"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[InboundEvent]":
        events = super().get_queryset(request)
        match = request.resolver_match
        if match and (match.url_name or "").endswith("_changelist"):
            events = events.defer("body", "answer")
        limit = limit_of(request)
        if limit is None:
            return events
        # A refused event belongs to no order, but names a location.
        provider_ids = Location.objects.filter(pk__in=limit).values("provider_id")
        refused = Q(order=None, location_named__in=provider_ids)
        return events.filter(Q(order__location__in=limit) | refused)

    @display(description="event", ordering="event_type")
    def shown_type(self, event: InboundEvent) -> str:
        return event.event_type or "no type"

    @display(description="sent as")
    def sent_type(self, event: InboundEvent) -> str:
        """Return the type's spelling if it is not the known one that it was taken as."""
        try:
            sent = read_event(bytes(event.body)).type
        except Malformed:
            return "–"
        return sent if sent[:100] != event.event_type else "–"

    @display(description="outcome", ordering="outcome", label=_COLORS)
    def shown_outcome(self, event: InboundEvent) -> str:
        return event.get_outcome_display()

    @display(description="body")
    def shown_body(self, event: InboundEvent) -> SafeString:
        if event.erased_at is not None:
            return format_html("Erased on {}.", f"{event.erased_at:%d %b %Y, %H:%M} UTC")
        return as_block(event.text)

    @display(description="dry run")
    def dry_run_link(self, event: InboundEvent) -> Any:
        if event.event_type != "order.created":
            return "–"
        query = urlencode({"event": event.pk, "merchant": event.merchant_id})
        url = f"{reverse('admin:orders_order_rehearsal')}?{query}"
        return format_html('<a class="text-link" href="{}">Would it be accepted now?</a>', url)

    @display(description="answer")
    def shown_answer(self, event: InboundEvent) -> SafeString:
        return as_block(event.answer)
