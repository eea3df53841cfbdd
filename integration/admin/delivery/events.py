"""The admin of outbound events: search, view, send again and stop."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import display

from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.tenancy import TenantAdmin, is_owner_or_own_staff, signed_in_user
from integration.models import DeliveryAttempt, OutboundEvent, User
from integration.webhooks import explanations, outbox

from .event_filters import FailingFilter, ReceiverFilter
from .event_page import as_block, page_of

__all__ = ["OutboundEventAdmin", "as_block", "location_limits"]

# Functions that return the locations (provider_ids) a user is limited to, or None without a limit.
# The catalog app registers its own.
location_limits: list[Callable[[User], set[str] | None]] = []

State = OutboundEvent.State
_FAILING = "Failing"
_COLORS = {
    State.WAITING.label: "info",
    _FAILING: "warning",
    State.DELIVERED.label: "success",
    State.FAILED.label: "danger",
    State.WITHDRAWN.label: "",
}


@admin.register(OutboundEvent)
class OutboundEventAdmin(ReadOnlyMixin, ButtonsMixin, TenantAdmin):
    list_display = [
        "event_type", "location_id", "shown_state", "last_answer", "tries", "when", "made",
    ]  # fmt: skip
    list_filter = [
        "state", "ending", FailingFilter, "event_type", ReceiverFilter,
        ("created_at", admin.DateFieldListFilter),
    ]  # fmt: skip
    search_fields = ["location_id", "ordering_key"]
    search_help_text = "Location ID, order ID or event ID"
    ordering = ["-pk"]
    actions = ["send_again", "stop"]
    buttons: ClassVar[list[str]] = ["send_again", "stop"]
    object_fieldsets = [(None, {"fields": ["event_type"]})]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OutboundEvent]":
        events = super().get_queryset(request)
        for limit in location_limits:
            provider_ids = limit(signed_in_user(request))
            if provider_ids is not None:
                events = events.filter(location_id__in=provider_ids)
        match = request.resolver_match
        if match and (match.url_name or "").endswith("_changelist"):
            events = _with_last_answer(events.defer("body"))
        return events

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["event_type", "merchant"]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        events, may_repeat = super().get_search_results(request, queryset, search_term)
        event_id = _uuid(search_term)
        if event_id is not None:
            events = events | queryset.filter(
                Q(public_id=event_id) | Q(ordering_key__contains=str(event_id))
            )
        return events, may_repeat

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        event = self.get_object(request, unquote(object_id))
        context: dict[str, Any] = {}
        if event is not None:
            shown = {
                "event": event,
                "page": page_of(event, timezone.now()),
                "label": _shown_state(event),
                "color": _COLORS[_shown_state(event)],
                "may_send": self.has_send_permission(request),
            }
            context = {"title": event.event_type, **shown}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )
        return response

    @display(description="state", ordering="state", label=_COLORS)
    def shown_state(self, event: OutboundEvent) -> str:
        return _shown_state(event)

    @display(description="last answer", empty_value="–")
    def last_answer(self, event: Any) -> str | None:
        if event.ending and event.ending != OutboundEvent.Ending.ARRIVED:
            return str(event.get_ending_display())
        error: str = event.last_error or ""
        return str(event.last_status) if event.last_status else error.partition(":")[0] or None

    @display(description="attempts", ordering="attempt_count")
    def tries(self, event: OutboundEvent) -> str:
        if event.state != State.WAITING or event.is_urgent:
            return str(event.claim_count)
        return _unbroken(f"{event.attempt_count} of {len(settings.WEBHOOK_RETRY_SECONDS) + 1}")

    @display(description="next attempt or end", ordering="due_at")
    def when(self, event: OutboundEvent) -> str:
        now = timezone.now()
        if event.finished_at is not None:
            return _unbroken(f"{explanations.duration(now - event.finished_at)} ago")
        if event.due_at <= now:
            return _unbroken("due now")
        return _unbroken(f"in {explanations.duration(event.due_at - now)}")

    @display(description="created", ordering="created_at")
    def made(self, event: OutboundEvent) -> str:
        return _unbroken(explanations.clock_time(event.created_at, timezone.now()))

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[OutboundEvent]") -> None:
        chosen = queryset.count()
        count = outbox.requeue(queryset)
        message = f"{count} will be sent again."
        if count < chosen:
            message += (
                " The others were withdrawn, are being sent right now, are too late for Stream, or"
                " their location is no longer connected."
            )
        self.message_user(request, message)

    @admin.action(description="Stop", permissions=["send"])
    def stop(self, request: HttpRequest, queryset: "QuerySet[OutboundEvent]") -> None:
        self.message_user(request, f"{outbox.stop(queryset)} will no longer be sent.")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return is_owner_or_own_staff(request) and self.has_view_permission(request)


def _with_last_answer(events: "QuerySet[OutboundEvent]") -> "QuerySet[Any]":
    newest = DeliveryAttempt.objects.filter(event=OuterRef("pk")).order_by("-number")
    return events.annotate(
        last_status=Subquery(newest.values("status_code")[:1]),
        last_error=Subquery(newest.values("error")[:1]),
    )


def _shown_state(event: OutboundEvent) -> str:
    was_tried = event.claim_count > 1 or event.leased_until is None
    if event.state == State.WAITING and event.attempt_count and was_tried:
        return _FAILING
    return event.get_state_display()


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _uuid(text: str) -> UUID | None:
    """Parse a UUID with or without dashes; return None for other text."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
