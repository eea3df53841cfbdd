"""Writes an order with its lines and what it takes from stock; the caller has judged it."""

from . import stock
from .cart import Entry
from .models import Order, OrderLine


def write(order: Order, entries: list[Entry]) -> None:
    """In the caller's transaction, which `stock.SoldOut` must roll back."""
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(_lines(order, entries))
    stock.take(order, entries)


def _lines(order: Order, entries: list[Entry]) -> list[OrderLine]:
    return [
        OrderLine(
            id=entry.id,
            order=order,
            parent_id=entry.parent.id if entry.parent else None,
            position=position,
            depth=entry.depth,
            kind=entry.thing.kind if entry.thing else "open",
            provider_id=entry.thing.provider_id if entry.thing else entry.sent.provider_id or "",
            group_id=getattr(entry.sent, "modifier_group_id", None) or "",
            name=entry.label[:1000],
            quantity=entry.sent.quantity,
            price_amount=entry.sent.price_amount,
            special_instructions=getattr(entry.sent, "special_instructions", None) or "",
            customer_id=getattr(entry.sent, "customer_id", None) or "",
        )
        for position, entry in enumerate(entries)
    ]
