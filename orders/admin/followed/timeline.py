"""A followed order's timeline: the events received, and what they and staff changed."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.urls import reverse

from orders.admin.orders.timeline import Row, in_sequence
from orders.models import FollowedEvent, FollowedOrder, OrderEvent, StreamEvent
from orders.staff_pages import labels

_MAX_ROWS = 500  # Of each kind; the newest are shown.
_BAD = frozenset({StreamEvent.Outcome.UNREADABLE, StreamEvent.Outcome.UNKNOWN_TYPE})
_LABELS = {"status": labels.any_state, "delivery_status": labels.delivery}
_ACTORS = {
    OrderEvent.Actor.STREAM: ("stream", "Stream"),
    OrderEvent.Actor.CLOCK: ("clock", "The clock"),
}


def timeline(order: FollowedOrder, clock: Callable[[datetime], str]) -> list[Row]:
    """Build the timeline in two queries, newest last; `clock` formats an instant."""
    return in_sequence([*_received(order), *_changed(order)], clock)


def _received(order: FollowedOrder) -> Iterator[Row]:
    for event in order.events.defer("body").order_by("-pk")[:_MAX_ROWS]:
        yield Row(
            kind="received",
            at=event.received_at,
            what=f"{event.event_type}: {event.get_outcome_display()}",
            by="stream",
            who="Stream",
            detail=event.reason,
            link=reverse("admin:orders_streamevent_change", args=[event.pk]),
            tone="bad" if event.outcome in _BAD else "",
        )


def _changed(order: FollowedOrder) -> Iterator[Row]:
    for entry in order.history.order_by("-pk")[:_MAX_ROWS]:
        by, who = _actor(entry)
        yield Row(
            kind="changed",
            at=entry.at,
            what=entry.what,
            by=by,
            who=who,
            detail=". ".join(_details(entry)),
        )


def _actor(entry: FollowedEvent) -> tuple[str, str]:
    known = _ACTORS.get(OrderEvent.Actor(entry.actor))
    return known or ("staff", str(entry.details.get("by") or "Staff"))


def _details(entry: FollowedEvent) -> Iterator[str]:
    for name, value in entry.details.items():
        if name != "by" and value not in (None, ""):
            text = _LABELS.get(name, str)(str(value))
            yield f"{name.replace('_', ' ').capitalize()}: {text}"
