"""The lines of orders, for the pages that show them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from orders.models import Order, OrderLine

_LINE = ("id", "order_id", "depth", "kind", "provider_id", "name", "quantity")


def lines_by_order(orders: Sequence[Order]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the lines of each order, in one query."""
    rows = (
        OrderLine.objects.filter(order__in=[order.pk for order in orders])
        .order_by("order_id", "position")
        .values(*_LINE, "special_instructions")
    )
    lines: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        lines[row["order_id"]].append(row)
    return lines
