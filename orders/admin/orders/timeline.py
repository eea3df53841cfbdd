"""An order's timeline: events received, changes made and events sent (contract LIFE)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from integration.models import DeliveryAttempt, OutboundEvent
from integration.webhooks.explanations import duration
from orders.dispatch import delivery_status
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import REFUSALS, InboundEvent, Order, OrderEvent
from orders.states import State

_MAX_ROWS = 500  # Of each kind; the newest are shown.
# An event is archived at the end of its transaction, milliseconds after the change it caused,
# but is shown before that change.
_ARCHIVE_DELAY = timedelta(seconds=1)
_STREAM, _VIA = ("stream", "Stream"), "through Stream"
_CHANNEL_EVENTS = ("order.created", "order.canceled")
_SHOWN = {"by": "", "driver": "driver", "delivery_status": "delivery"}


@dataclass(frozen=True)
class Row:
    """One line of the timeline: the event, its actor and a link to details.

    `tone` is `good`, `bad` or empty; `by` is `stream`, `channel`, `staff` or `clock`.
    """

    kind: str
    at: datetime
    what: str
    by: str
    who: str
    detail: str = ""
    link: str = ""
    tone: str = ""
    clock: str = ""
    after: str = ""


def timeline(order: Order, *, may_see_sent: bool) -> list[Row]:
    """Build the timeline in three queries, newest last, in the restaurant's time zone.

    `may_see_sent`: the person may open the events sent to Stream.
    """
    rows = [*_received(order), *_changed(order), *_sent(order, may_see_sent=may_see_sent)]
    return in_sequence(rows, lambda at: local_clock(order, at))


def in_sequence(rows: list[Row], clock: Callable[[datetime], str]) -> list[Row]:
    """Return the rows newest last, with their clock texts and the time since the row before."""
    rows = sorted(
        rows, key=lambda row: row.at - _ARCHIVE_DELAY if row.kind == "received" else row.at
    )
    shown: list[Row] = []
    for row in rows:
        after = _elapsed(row.at - shown[-1].at) if shown else ""
        shown.append(replace(row, clock=clock(row.at), after=after))
    return shown


def local_clock(order: Order, at: datetime) -> str:
    """Format an instant in the restaurant's time zone, to the second."""
    return f"{order.location.local(at):%d %b %Y, %H:%M:%S}"


def _elapsed(span: timedelta) -> str:
    return f"{duration(span)} later" if span >= timedelta(seconds=1) else ""


def _received(order: Order) -> Iterator[Row]:
    events = order.inbound_events.defer("body", "answer").order_by("-pk")[:_MAX_ROWS]
    tones = dict.fromkeys(REFUSALS, "bad")
    for event in events:
        by, who = _channel(order) if event.event_type in _CHANNEL_EVENTS else _STREAM
        yield Row(
            kind="received",
            at=event.received_at,
            what=f"{event.event_type or 'Event without a type'}: {event.get_outcome_display()}",
            by=by,
            who=who,
            detail=f"Answered {event.status_code}",
            link=reverse("admin:orders_inboundevent_change", args=[event.pk]),
            tone=tones.get(InboundEvent.Outcome(event.outcome), ""),
        )


def _changed(order: Order) -> Iterator[Row]:
    for event in order.history.order_by("-pk")[:_MAX_ROWS]:
        by, who = _actor(order, event)
        ended_badly = event.state in (State.DSP_CANCELED, State.FAILED)
        yield Row(
            kind="changed",
            at=event.at,
            what=event.what,
            by=by,
            who=who,
            detail=". ".join(_details(event)),
            tone="bad" if ended_badly and by in ("stream", "channel") else "",
        )


def _actor(order: Order, event: OrderEvent) -> tuple[str, str]:
    if event.actor == OrderEvent.Actor.STAFF:
        return "staff", str(event.details.get("by") or "Staff")
    if event.actor == OrderEvent.Actor.CLOCK:
        return "clock", "The clock"
    if event.state == State.DSP_CANCELED and event.what.startswith("Cancel"):
        return _channel(order)
    return _STREAM


def _details(event: OrderEvent) -> Iterator[str]:
    for name, value in event.details.items():
        label = _SHOWN.get(name, name.replace("_", " "))
        if not value or not label:
            continue
        text = delivery_status.in_words(str(value)) if name == "delivery_status" else str(value)
        yield f"{label[0].upper()}{label[1:]}: {text}"


def _sent(order: Order, *, may_see_sent: bool) -> Iterator[Row]:
    newest = DeliveryAttempt.objects.filter(event=OuterRef("pk")).order_by("-number")
    events = (
        OutboundEvent.objects.filter(
            # Matches the condition of the partial index outbound_of_order.
            event_type__startswith="order.",
            ordering_key=ordering_key(order),
            merchant=order.merchant_id,
        )
        .defer("body")
        .annotate(
            last_status=Subquery(newest.values("status_code")[:1]),
            last_error=Subquery(newest.values("error")[:1]),
        )
        .order_by("-pk")[:_MAX_ROWS]
    )
    address = "admin:integration_outboundevent_change"
    for event in events:
        tone = {"delivered": "good", "failed": "bad"}.get(event.state, "")
        yield Row(
            kind="sent",
            at=event.created_at,
            what=f"{event.event_type}: {event.get_state_display()}",
            by="pos",
            who="This POS, to Stream",
            detail=_delivery_result(order, event),
            link=reverse(address, args=[event.pk]) if may_see_sent else "",
            tone=tone,
        )


def _delivery_result(order: Order, event: Any) -> str:
    attempts = f"{event.claim_count} {'attempt' if event.claim_count == 1 else 'attempts'}"
    ended = local_clock(order, event.finished_at) if event.finished_at else ""
    if event.state == OutboundEvent.State.DELIVERED:
        return f"Delivered {ended} ({attempts})" if ended else f"Delivered ({attempts})"
    error = event.last_error or (f"answered {event.last_status}" if event.last_status else "")
    failure = f"; last failure: {error}" if error else ""
    if event.state == OutboundEvent.State.WAITING:
        return f"{attempts}{failure}; next attempt {local_clock(order, event.due_at)}"
    outcome = event.get_ending_display() if event.ending else event.get_state_display()
    return f"{outcome} {ended} ({attempts}{failure})".replace("  ", " ")


def _channel(order: Order) -> tuple[str, str]:
    """Return the actor of events relayed from the channel; in-store orders have no channel."""
    return _STREAM if order.is_in_store else ("channel", f"{order.source or 'The channel'}, {_VIA}")
