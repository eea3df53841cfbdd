"""Everything that happened to one order, as one list: received, changed, sent (contract LIFE)."""

from collections.abc import Iterator
from dataclasses import dataclass
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

_MOST_OF_A_KIND = 500  # Of what was received, changed, sent: the newest.
# An event is archived at the end of its transaction, milliseconds after the change that it made.
# It is shown before it.
_ARCHIVED_AFTER = timedelta(seconds=1)
_STREAM, _BY = ("stream", "Stream"), "through Stream"
_CHANNELS_OWN = ("order.created", "order.canceled")
_SHOWN = {"by": "", "driver": "driver", "delivery_status": "delivery"}


@dataclass(frozen=True)
class Row:
    """One line: what happened, who did it, and where to read more.

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
    """The newest last, in three queries; times are the restaurant's own, to the second.

    `may_see_sent` says whether the person may open the events to Stream.
    """
    rows = [*_received(order), *_changed(order), *_sent(order, may_see_sent=may_see_sent)]
    rows.sort(key=lambda row: row.at - _ARCHIVED_AFTER if row.kind == "received" else row.at)
    told, before = [], None
    for row in rows:
        after = _after(row.at - before) if before is not None else ""
        told.append(Row(**{**vars(row), "clock": local_clock(order, row.at), "after": after}))
        before = row.at
    return told


def local_clock(order: Order, at: datetime) -> str:
    """An instant in the restaurant's own time, to the second."""
    return f"{order.location.local(at):%d %b %Y, %H:%M:%S}"


def _after(span: timedelta) -> str:
    return f"{duration(span)} later" if span >= timedelta(seconds=1) else ""


def _received(order: Order) -> Iterator[Row]:
    events = order.inbound_events.defer("body", "answer").order_by("-pk")[:_MOST_OF_A_KIND]
    tones = dict.fromkeys(REFUSALS, "bad")
    for event in events:
        by, who = _channel(order) if event.event_type in _CHANNELS_OWN else _STREAM
        yield Row(
            kind="received",
            at=event.received_at,
            what=f"{event.event_type or 'An event without a type'}: {event.get_outcome_display()}",
            by=by,
            who=who,
            detail=f"Answered {event.status_code}",
            link=reverse("admin:orders_inboundevent_change", args=[event.pk]),
            tone=tones.get(InboundEvent.Outcome(event.outcome), ""),
        )


def _changed(order: Order) -> Iterator[Row]:
    for event in order.history.order_by("-pk")[:_MOST_OF_A_KIND]:
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
        said = delivery_status.in_words(str(value)) if name == "delivery_status" else str(value)
        yield f"{label[0].upper()}{label[1:]}: {said}"


def _sent(order: Order, *, may_see_sent: bool) -> Iterator[Row]:
    newest = DeliveryAttempt.objects.filter(event=OuterRef("pk")).order_by("-number")
    events = (
        OutboundEvent.objects.filter(
            # The condition of the index that finds them (outbound_of_order).
            event_type__startswith="order.",
            ordering_key=ordering_key(order),
            merchant=order.merchant_id,
        )
        .defer("body")
        .annotate(
            last_status=Subquery(newest.values("status_code")[:1]),
            last_error=Subquery(newest.values("error")[:1]),
        )
        .order_by("-pk")[:_MOST_OF_A_KIND]
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
            detail=_how_it_went(order, event),
            link=reverse(address, args=[event.pk]) if may_see_sent else "",
            tone=tone,
        )


def _how_it_went(order: Order, event: Any) -> str:
    tries = f"{event.claim_count} {'try' if event.claim_count == 1 else 'tries'}"
    ended = local_clock(order, event.finished_at) if event.finished_at else ""
    if event.state == OutboundEvent.State.DELIVERED:
        return f"Arrived {ended} ({tries})" if ended else f"Arrived ({tries})"
    last = event.last_error or (f"answered {event.last_status}" if event.last_status else "")
    went_wrong = f"; the last one: {last}" if last else ""
    if event.state == OutboundEvent.State.WAITING:
        return f"{tries}{went_wrong}; next {local_clock(order, event.due_at)}"
    why = event.get_ending_display() if event.ending else event.get_state_display()
    return f"{why} {ended} ({tries}{went_wrong})".replace("  ", " ")


def _channel(order: Order) -> tuple[str, str]:
    """Who speaks when Stream passes on what the channel said; of our own orders there is none."""
    return _STREAM if order.is_in_store else ("channel", f"{order.source or 'The channel'}, {_BY}")
