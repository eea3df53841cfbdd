"""The result of the run: every order placed is with Stream once, and ends as its events say."""

import json
from collections import defaultdict
from typing import Any

from tests.faults.stage.counts import Outcome

from . import courses
from .guests import Guests
from .shop import Shop
from .stream import Reports, Stream, number_of

Orders = dict[str, Any]


def is_settled(shop: Shop, reports: Reports) -> bool:
    from dsp.models import ChannelOrder

    placed = ChannelOrder.objects.filter(store=shop.store, state=ChannelOrder.State.PLACED)
    return reports.is_idle and not placed.exists()


def count(outcome: Outcome, shop: Shop, guests: Guests, stream: Stream, reports: Reports) -> None:
    """Fill in the outcome and describe every inconsistency as a problem.

    `sent` counts the orders answered 201, `received` those that reached Stream, `ended` those that
    ended before, `lost` those not stored, or open and never sent; `duplicates` second ids of one
    request, and events that an order's history has twice.
    """
    from dsp.models import ChannelOrder, ReceivedEvent

    rows = ChannelOrder.objects.filter(store=shop.store).select_related("refund")
    orders = {order.provider_id: order for order in rows.prefetch_related("history")}
    events: dict[str, list[bytes]] = defaultdict(list)
    for event in ReceivedEvent.objects.filter(store=shop.store).order_by("pk"):
        events[json.loads(bytes(event.body))["order_id"]].append(bytes(event.body))
    answered = {json.loads(bodies[0])["id"]: mark for mark, bodies in guests.answers.items()}
    unsent = set(orders) - set(stream.bodies)
    outcome.sent, outcome.received = len(answered), len(set(answered) & set(stream.bodies))
    outcome.ended = len([name for name in unsent if orders[name].ended_at is not None])
    open_unsent = {name for name in unsent if orders[name].ended_at is None}
    outcome.lost = len((set(answered) - set(orders)) | open_unsent)
    outcome.out_of_order = len(stream.overtaken)
    outcome.duplicates = _second_ids(answered, orders, stream) + _noted_twice(orders, events)
    outcome.notes += _notes(guests, stream, reports, orders)
    findings = _findings(guests, stream, reports, orders, events)
    outcome.problems += [
        f"{len(names)} {finding}: {', '.join(sorted(names)[:3])}"
        for finding, names in findings.items()
        if names
    ]


def _second_ids(answered: dict[str, str], orders: Orders, stream: Stream) -> int:
    """Count the ids that one request has beside its first: here, in answers and with Stream."""
    ids: dict[str, set[str]] = defaultdict(set)
    for order_id, mark in answered.items():
        ids[mark].add(order_id)
    for order_id, order in orders.items():
        ids[order.idempotency_key].add(order_id)
    for mark, sent in stream.ids.items():
        ids[mark] |= sent
    return sum(len(found) - 1 for found in ids.values())


def _noted_twice(orders: Orders, events: dict[str, list[bytes]]) -> int:
    """Count the steps of Stream beyond one for each different event."""
    return sum(
        max(0, sum(bool(step.digest) for step in order.history.all()) - len(set(events[name])))
        for name, order in orders.items()
    )


def _notes(guests: Guests, stream: Stream, reports: Reports, orders: Orders) -> list[str]:
    repeats = sum(map(len, guests.answers.values())) - len(guests.answers)
    refunds = sum(_refund(order) is not None for order in orders.values())
    return [
        f"{guests.requests_sent} requests of guests",
        f"{repeats} repeats answered",
        f"{len(stream.requests)} tries at Stream",
        f"{reports.requests_sent} events sent",
        f"{sum(status == 200 for status in guests.canceled.values())} canceled by guests",
        f"{refunds} refunds owed",
    ]


def _findings(
    guests: Guests, stream: Stream, reports: Reports, orders: Orders, events: dict[str, list[bytes]]
) -> dict[str, set[str]]:
    from integration.models import Alarm

    open_alarms = Alarm.objects.filter(resolved_at=None, kind=Alarm.Kind.FOREIGN)
    archived = {body for bodies in events.values() for body in bodies}
    return {
        "guests refused": set(guests.refused),
        "guests without an order": set(guests.marks) - set(guests.answers),
        "orders that nobody was told of": {
            name for name, order in orders.items() if order.idempotency_key not in guests.answers
        },
        "answered differently when repeated": {
            mark for mark, answers in guests.answers.items() if len(set(answers)) > 1
        },
        "answered differently from the stored answer": {
            name
            for name, order in orders.items()
            if guests.answers.get(order.idempotency_key, [b""])[0] != order.answer.encode()
        },
        "sent with bodies that differ": {n for n, sent in stream.bodies.items() if len(sent) > 1},
        "sent but not stored": set(stream.bodies) - set(orders),
        "sent without a valid signature": {"?"} if stream.unsigned else set(),
        "events refused": set(reports.refused),
        "events answered but not archived": {str(one) for one in set(reports.answered) - archived},
        "in a wrong state at the end": {
            f"{name} {order.state} instead of {state}"
            for name, order in orders.items()
            if order.state != (state := _expected(order, guests, events[name]))
        },
        "with a wrong refund": {name for name, o in orders.items() if _has_wrong_refund(o, guests)},
        "canceled by the guest, and Stream not told": {
            name
            for name, order in orders.items()
            if order.state == "guest_canceled"
            and name in stream.bodies
            and name not in stream.cancelations
        },
        "with events missing in their history": {
            name
            for name, order in orders.items()
            if sum(bool(step.digest) for step in order.history.all()) < len(set(events[name]))
        },
        "alarms of foreign orders": {alarm.message for alarm in open_alarms},
    }


def _expected(order: Any, guests: Guests, events: list[bytes]) -> str:
    if guests.canceled.get(order.idempotency_key) == 200:
        return "guest_canceled"
    if courses.course_of(number_of(order.idempotency_key)) == [courses.REFUSED]:
        return "failed"
    return courses.state_after(events)


def _has_wrong_refund(order: Any, guests: Guests) -> bool:
    refund = _refund(order)
    is_owed = not order.is_unpaid and order.state in courses.OWES_REFUND
    if refund is None or not is_owed:
        return is_owed or refund is not None or order.money != "none"
    is_done = order.idempotency_key in guests.acknowledged
    expected = ("done", "refunded") if is_done else ("due", "due_to_guest")
    return refund.amount != order.total or (refund.state, order.money) != expected


def _refund(order: Any) -> Any:
    return getattr(order, "refund", None)
