"""The result of the run: every answered event is stored and applied once, every end is right."""

from typing import Any

from django.db.models import Count

from tests.faults.orders.client import Client
from tests.faults.stage.counts import Outcome

from .tale import EVENTS_EACH, Ending, Tale


def is_all_processed() -> bool:
    from orders.models import StreamEvent

    return not StreamEvent.objects.filter(outcome__in=["received", "waiting"]).exists()


def count(outcome: Outcome, tale: Tale, client: Client) -> None:
    """Fill in the outcome and describe every inconsistency as a problem.

    `sent` counts all events, `received` the answered ones, `lost` the answered ones that are not
    stored, and `duplicates` what is stored, followed or in a history more than once.
    """
    from orders.models import FollowedOrder, StreamEvent

    stored = [bytes(body) for body in StreamEvent.objects.values_list("body", flat=True)]
    answered = {event.body for event in tale.events if event.mark in client.answers}
    orders = list(FollowedOrder.objects.annotate(entries=Count("history")))
    outcome.sent = len(tale.events)
    outcome.received = len(answered)
    outcome.lost = len(answered - set(stored))
    surplus = sum(max(0, order.entries - EVENTS_EACH) for order in orders)
    outcome.duplicates = len(stored) - len(set(stored)) + surplus
    repeats = sum(len(bodies) for bodies in client.answers.values()) - len(client.answers)
    outcome.notes += [f"{client.requests_sent} requests", f"{repeats} repeats answered"]
    outcome.problems += _problems(tale, client, {one.stream_order_id: one for one in orders})


def _problems(tale: Tale, client: Client, orders: dict[str, Any]) -> list[str]:
    from orders.models import StreamEvent

    unprocessed = StreamEvent.objects.exclude(outcome__in=["applied", "noted"])
    ends = {key: _ending(order) for key, order in orders.items()}
    findings = {
        "refused": set(client.refused),
        "never answered": set(client.unanswered),
        "not processed": {str(key) for key in unprocessed.values_list("pk", flat=True)},
        "in a wrong state at the end": {
            key for key, ending in tale.endings.items() if ends.get(key) != ending
        },
        "followed, but never sent": set(orders) - set(tale.endings),
        "with a wrong number of entries in their history": {
            key for key, order in orders.items() if order.entries != EVENTS_EACH
        },
    }
    return [
        f"{len(names)} {finding}: {', '.join(sorted(names)[:5])}"
        for finding, names in findings.items()
        if names
    ]


def _ending(order: Any) -> Ending:
    return Ending(
        order.status,
        order.delivery_status,
        order.total,
        order.location_id,
        order.ended_at is not None,
    )
