"""Storage of a validated order with its lines and its history.

Each table takes one statement with its rows as one JSON parameter: Django's bulk writes took five
times as long for an order of forty lines.
"""

import os
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models.expressions import DatabaseDefault

from integration.db import bulk, database_time
from integration.models import User
from orders.cart.lines import Entry
from orders.models import Order, OrderEvent, OrderLine

from .history import Actor, row_of


def insert_order(order: Order, entries: list[Entry], what: str, *, by: User | None = None) -> None:
    """Insert the order in the caller's transaction; the caller takes its stock.

    `what` is the first entry of the history, `by` the user who entered the order (None: Stream).
    Raises IntegrityError if the order exists already.
    """
    bulk.insert(Order, [_row(order)])
    bulk.insert(OrderLine, _lines(order, entries))
    bulk.insert(OrderEvent, [row_of(order, what, by=by or Actor.STREAM)])


def _row(order: Order) -> dict[str, Any]:
    order.created_at = order.updated_at = database_time.now()
    order._state.adding, order._state.db = False, DEFAULT_DB_ALIAS  # As Model.save() does.
    values = {str(field.column): getattr(order, field.attname) for field in _COLUMNS}
    return {
        name: _plain(value)
        for name, value in values.items()
        if not isinstance(value, DatabaseDefault)  # The database fills in its own defaults.
    }


_COLUMNS = Order._meta.concrete_fields


def _plain(value: Any) -> Any:
    """Return an ID as hexadecimal digits, the form that both databases read."""
    return value.hex if isinstance(value, UUID) else value


def _lines(order: Order, entries: list[Entry]) -> list[dict[str, Any]]:
    order_id, ids = order.pk.hex, _new_ids(len(entries))
    return [
        {
            "id": ids[entry.place],
            "order_id": order_id,
            "parent_id": ids[entry.parent.place] if entry.parent else None,
            "position": entry.place,
            "depth": entry.depth,
            "kind": entry.thing.kind if entry.thing else "open",
            "provider_id": entry.thing.provider_id if entry.thing else entry.sent.provider_id or "",
            "group_id": getattr(entry.sent, "modifier_group_id", None) or "",
            "name": entry.label[:1000],
            "quantity": entry.sent.quantity,
            "price_amount": entry.sent.price_amount,
            "special_instructions": getattr(entry.sent, "special_instructions", None) or "",
            "customer_id": getattr(entry.sent, "customer_id", None) or "",
        }
        for entry in entries
    ]


def _new_ids(count: int) -> list[str]:
    """Return IDs as random as `uuid.uuid4`, from one system call."""
    digits = os.urandom(16 * count).hex()
    return [digits[place : place + 32] for place in range(0, len(digits), 32)]
