"""Context for the page of one followed order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse

from orders.models import DriverAssignment, FollowedOrder
from orders.staff_pages import labels
from orders.staff_pages.followed_items import item_lines
from orders.staff_pages.handover import Handover

from .timeline import timeline
from .totals import in_currency, totals_of

_MAX_INDENT = 6


def order_page(order: FollowedOrder) -> dict[str, Any]:
    """Build the template context in a number of queries that does not depend on the order."""
    return {
        "status": labels.any_state(order.status),
        "name": name_of(order),
        "place": f"{order.merchant}: {order.location}" if order.location else "",
        "lines": [
            {
                **line,
                "depth": min(line["depth"], _MAX_INDENT),
                "price": ""
                if line["price"] is None
                else in_currency(line["price"], order.currency),
            }
            for line in item_lines(order.details)
        ],
        "money": totals_of(order),
        "instructions": list(_instructions(order)),
        "handover": Handover(order),
        "erased": local_time(order, order.erased_at),
        "facts": [(label, value) for label, value in _facts(order) if value],
        "own_order": _own_order(order),
        "assignments": list(_assignments(order)),
        "timeline": timeline(order, lambda at: local_time(order, at, seconds=True)),
        "zone": order.location.timezone.replace("_", " ") if order.location else "UTC",
    }


def name_of(order: FollowedOrder) -> str:
    """Return channel and number, as on the board."""
    number = order.dsp_order_number or order.stream_order_id[:8]
    return f"{labels.channel(order.source)} {number}"


def local_time(order: FollowedOrder, at: datetime | None, *, seconds: bool = False) -> str:
    """Format an instant in the restaurant's time zone, else in UTC; empty for None."""
    if at is None:
        return ""
    clock = "%H:%M:%S" if seconds else "%H:%M"
    if order.location is None:
        return f"{at:%d %b %Y}, {at.strftime(clock)} UTC"
    there = order.location.local(at)
    return f"{there:%d %b %Y}, {there.strftime(clock)}"


def _instructions(order: FollowedOrder) -> Iterator[tuple[str, str]]:
    for name, label in [
        ("special_instructions", "For the kitchen"),
        ("fulfillment_instructions", "For the handover"),
    ]:
        if order.details.get(name):
            yield label, str(order.details[name])


def _facts(order: FollowedOrder) -> Iterator[tuple[str, str]]:
    yield "Channel", labels.channel(order.source)
    yield "Channel's order ID", order.dsp_order_id
    yield "Fulfillment", labels.kind(order.fulfillment_type)
    yield "Delivery", labels.delivery(order.delivery_status) if order.delivery_status else ""
    yield "Due", local_time(order, order.due_at)
    yield "Confirmed", local_time(order, order.confirmed_at)
    yield "Ended", local_time(order, order.ended_at)
    yield "Payment", "Unpaid: to be collected" if order.unpaid else ""
    yield "POS's order ID", order.pos_order_id
    yield "ID at Stream", order.stream_order_id
    yield "Location at Stream", order.stream_location_id
    yield "Named as ours", order.reference_id


def _own_order(order: FollowedOrder) -> dict[str, str] | None:
    if order.own_order is None:
        return None
    return {
        "name": str(order.own_order),
        "link": reverse("admin:orders_order_change", args=[order.own_order.pk]),
    }


def _assignments(order: FollowedOrder) -> Iterator[dict[str, Any]]:
    """Yield who delivers or delivered it, newest first."""
    rows = DriverAssignment.objects.filter(followed=order, merchant=order.merchant_id)
    for row in rows.select_related("driver", "assigned_by").order_by("-pk"):
        by = row.assigned_by.get_full_name() if row.assigned_by else ""
        steps = [
            (f"Assigned by {by}" if by else "Assigned", row.assigned_at),
            ("Left", row.out_at),
            ("Delivered", row.delivered_at),
            ("Replaced", row.replaced_at),
        ]
        yield {
            "driver": row.driver.name or "Erased",
            "phone": row.driver.phone,
            "steps": [(label, local_time(order, at)) for label, at in steps if at is not None],
        }
