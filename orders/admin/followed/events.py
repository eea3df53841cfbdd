"""The archive of the Stream Events role: each event exactly as received, with its outcome."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from catalog.admin.scope.location_limits import limit_of
from integration.admin.delivery.events import as_block
from integration.admin.shared.tenancy import is_own_staff
from orders.admin.shared.read_only import ReadOnlyAdmin
from orders.models import StreamEvent

from .filters import EventMerchantFilter

Outcome = StreamEvent.Outcome
_COLORS = {
    Outcome.RECEIVED.label: "info",
    Outcome.APPLIED.label: "success",
    Outcome.NOTED.label: "info",
    Outcome.WAITING.label: "warning",
    Outcome.UNKNOWN_TYPE.label: "warning",
    Outcome.UNREADABLE.label: "danger",
}


@admin.register(StreamEvent)
class StreamEventAdmin(ReadOnlyAdmin):
    """Events without an order of the merchant's are for our own staff only."""

    merchant_path = "followed__merchant"
    list_display = ["event_type", "shown_outcome", "order", "stream_location_id", "received_at"]
    list_filter = ["outcome", ("received_at", admin.DateFieldListFilter)]
    search_fields = ["=stream_order_id", "=stream_location_id", "followed__dsp_order_number"]
    search_help_text = "Order number, or Stream's ID of the order or location"
    ordering = ["-pk"]
    actions = None
    object_fieldsets = [
        (None, {"fields": ["event_type", "shown_outcome", "reason", "order", "received_at"]}),
        ("At Stream", {"fields": ["stream_location_id", "stream_order_id"]}),
        ("Received", {"fields": ["shown_body", "exact_body"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[StreamEvent]":
        events = super().get_queryset(request).select_related("followed__merchant")
        match = request.resolver_match
        if match and (match.url_name or "").endswith("_changelist"):
            events = events.defer("body", "followed__details")
        limit = limit_of(request)
        return events if limit is None else events.filter(followed__location__in=limit)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*([EventMerchantFilter] if is_own_staff(request) else []), *self.list_filter]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        return ["followed__merchant"]

    @display(description="outcome", ordering="outcome", label=_COLORS)
    def shown_outcome(self, event: StreamEvent) -> str:
        return event.get_outcome_display()

    @display(description="order", empty_value="–")
    def order(self, event: StreamEvent) -> Any:
        if event.followed is None:
            return None
        address = reverse("admin:orders_followedorder_change", args=[event.followed.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', address, event.followed)

    @display(description="body")
    def shown_body(self, event: StreamEvent) -> SafeString:
        return as_block(event.text) if event.erased_at is None else _erased(event)

    @display(description="exactly as received")
    def exact_body(self, event: StreamEvent) -> SafeString:
        if event.erased_at is not None:
            return _erased(event)
        return format_html('<pre class="sp-text" tabindex="0">{}</pre>', event.text)


def _erased(event: StreamEvent) -> SafeString:
    return format_html("Erased on {}.", f"{event.erased_at:%d %b %Y, %H:%M} UTC")
