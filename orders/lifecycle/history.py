"""The history of orders: one entry for each thing that happened, and who did it."""

from collections.abc import Mapping
from typing import Any

from integration.models import User
from orders.models import FollowedEvent, FollowedOrder, Order, OrderEvent

Actor = OrderEvent.Actor


def record(
    order: Order, what: str, *, by: User | Actor, details: Mapping[str, Any] | None = None
) -> None:
    """Store an entry with the order's present state; a user's name goes into its details."""
    entry_of(order, what, by=by, details=details).save(force_insert=True)


def entry_of(
    order: Order, what: str, *, by: User | Actor, details: Mapping[str, Any] | None = None
) -> OrderEvent:
    """Return the same entry unsaved, for bulk_create."""
    return OrderEvent(order=order, **_values(order, what, by, details))


def record_followed(
    followed: FollowedOrder, what: str, *, by: User, details: Mapping[str, Any] | None = None
) -> None:
    """Store what staff did about a followed order, with the user's name in its details."""
    FollowedEvent.objects.create(
        followed=followed,
        actor=Actor.STAFF,
        what=what,
        details={**_name(by), **(details or {})},
    )


def row_of(order: Order, what: str, *, by: User | Actor) -> dict[str, Any]:
    """Return a new order's first entry as a row for bulk.insert."""
    return {
        "order_id": order.pk.hex,
        "at": order.created_at,
        **_values(order, what, by, None),
    }


def _values(
    order: Order, what: str, by: User | Actor, details: Mapping[str, Any] | None
) -> dict[str, Any]:
    return {
        "actor": Actor.STAFF if isinstance(by, User) else by,
        "what": what,
        "state": order.state,
        "details": {**_name(by), **(details or {})},
    }


def _name(by: User | Actor) -> dict[str, str]:
    return {"by": by.get_full_name()} if isinstance(by, User) else {}
