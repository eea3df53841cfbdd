"""Everything that happened to one delivery: our history, and Stream's, in one list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.models import FollowedEvent, FollowedOrder, OrderEvent
from orders.staff_pages import followed_words, labels

from .driver_assignment import Deliverable

_MOST = 500  # Entries of each history; the newest are shown.


@dataclass(frozen=True)
class Row:
    """One entry; `by` is `stream`, `staff` or `clock`, `who` a name if there is one."""

    at: datetime
    what: str
    by: str
    who: str
    detail: str
    clock: str


def timeline(order: Deliverable) -> list[Row]:
    """Return the entries, newest last, in the location's time zone; at most two queries.

    What Stream reports of an order of our own as a followed one is among its own entries.
    """
    rows = [_row(order, event) for event in _events(order)]
    return sorted(rows, key=lambda row: row.at)


def _events(order: Deliverable) -> Iterator[OrderEvent | FollowedEvent]:
    if isinstance(order, FollowedOrder):
        yield from order.history.order_by("-pk")[:_MOST]
        own = order.own_order_id
        followed = None
    else:
        own, followed = order.pk, order.pk
    if own is not None:
        yield from OrderEvent.objects.filter(order=own).order_by("-pk")[:_MOST]
    if followed is not None:
        theirs = FollowedEvent.objects.filter(followed__own_order=followed)
        yield from theirs.order_by("-pk")[:_MOST]


def _row(order: Deliverable, event: OrderEvent | FollowedEvent) -> Row:
    assert order.location is not None
    return Row(
        at=event.at,
        what=followed_words.in_words(event.what),
        by=event.actor,
        who=str(event.details.get("by") or ""),
        detail=". ".join(_details(event.details)),
        clock=f"{order.location.local(event.at):%d %b, %H:%M:%S}",
    )


def _details(details: dict[str, Any]) -> Iterator[str]:
    for name, value in details.items():
        if name == "delivery_status" and value:
            yield labels.delivery(str(value))
        elif name != "by" and value and isinstance(value, str | int):
            yield str(value)
