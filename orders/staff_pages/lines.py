"""The lines of orders, for the pages that show them, customer by customer."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from orders.models import Order, OrderLine

from .shares import by_customer

_LINE = (
    "id", "order_id", "depth", "kind", "provider_id", "name", "quantity", "price_amount",
    "special_instructions", "customer_id",
)  # fmt: skip


def lines_by_order(orders: Sequence[Order]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the lines of each order, in one query."""
    rows = (
        OrderLine.objects.filter(order__in=[order.pk for order in orders])
        .order_by("order_id", "position")
        .values(*_LINE)
    )
    lines: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        lines[row["order_id"]].append(row)
    for order in orders:
        lines[order.pk] = by_customer(lines[order.pk], order.details)
    return lines
