"""Context for the page of one order."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from integration import currency
from integration.webhooks.explanations import duration
from orders.dispatch import delivery_status
from orders.models import Order
from orders.protocol.idempotency import KEY_REUSED
from orders.staff_pages import labels
from orders.staff_pages.endings import endings
from orders.staff_pages.handover import Handover
from orders.staff_pages.lines import lines_by_order

from .timeline import timeline

_CHARGES = [
    ("store_tip", "Tip for the restaurant"),
    ("driver_tip", "Tip for the driver"),
    ("delivery_fee", "Delivery fee"),
    ("delivery_fee_tax", "Tax on the delivery fee"),
    ("service_charge", "Service charge"),
]
_VEHICLE = ("color", "make", "model", "license_plate")
_SHOWN_LINES = 2_000


def order_page(order: Order, *, may_see_sent: bool) -> dict[str, Any]:
    """Build the template context in a number of queries that does not depend on the order's size.

    `may_see_sent`: the person may open the events sent to Stream.
    """
    rows = timeline(order, may_see_sent=may_see_sent)
    return {
        "lines": list(_lines(order)),
        "charges": list(_charges(order)),
        "total": currency.as_text(order.total, order.currency),
        "facts": [(label, value) for label, value in _facts(order) if value],
        "customers": list(_customers(order)),
        "handover": Handover(order),
        "ending": endings([order]).get(order.pk, {}),
        "instructions": list(_instructions(order)),
        "erased": local_time(order, order.erased_at),
        "driver": [(label, value) for label, value in _driver(order.driver) if value],
        "timeline": rows,
        "is_key_reused": any(row.what == KEY_REUSED for row in rows),
        "zone": order.location.timezone.replace("_", " "),
    }


def _lines(order: Order) -> Iterator[dict[str, Any]]:
    for line in lines_by_order([order])[order.pk][:_SHOWN_LINES]:
        yield {
            "line": line,
            "whose": line["whose"],
            "depth": min(line["depth"], 6),
            "price": currency.as_text(line["price_amount"], order.currency),
        }


def _charges(order: Order) -> Iterator[tuple[str, str]]:
    details = order.details
    included = int(details.get("tax_included") or 0)
    amounts = [("Subtotal", order.subtotal), *_discounts(order), ("Tax", order.tax)]
    fee_taxes = details.get("delivery_fee_tax", details.get("delivery_fee_taxes"))
    amounts_by_name = {**details, "delivery_fee_tax": fee_taxes}
    amounts += [(label, int(amounts_by_name.get(name) or 0)) for name, label in _CHARGES]
    for label, amount in amounts:
        if amount or label == "Subtotal":
            yield label, currency.as_text(amount, order.currency)
    if included:
        yield "Tax included in prices", currency.as_text(included, order.currency)
    withheld = int(details.get("tax_withheld_by_dsp") or 0)
    if withheld:
        yield "Tax withheld by the channel", currency.as_text(withheld, order.currency)


def _discounts(order: Order) -> Iterator[tuple[str, int]]:
    """Yield each discount with its code and the line it is on, as far as they were sent."""
    sent = order.details.get("discounts") or []
    named = {discount.get("item_id") for discount in sent} - {None}
    rows = order.lines.filter(provider_id__in=named).values_list("provider_id", "name")
    names = dict(rows) if named else {}
    for discount in sent:
        code, on = discount.get("id") or "", discount.get("item_id") or ""
        label = f"Discount {code}".strip()
        yield (f"{label} on {names.get(on) or on}" if on else label), -int(discount["amount"] or 0)


def _facts(order: Order) -> Iterator[tuple[str, str]]:
    yield "Channel", order.channel
    yield "Channel's order ID", order.dsp_order_id
    yield "Brand", order.brand
    yield "Entered by", order.entered_by.get_full_name() if order.entered_by else ""
    yield "Stream", order.get_sent_to_stream_display() if order.is_in_store else ""
    yield "Decision", order.get_stream_knows_display() if order.stream_knows else ""
    yield "Fulfillment", order.fulfillment_type.replace("_", " ")
    yield "Delivery", delivery_status.in_words(order.delivery_status)
    yield "Placed", local_time(order, order.placed_at)
    yield "Requested for", local_time(order, order.requested_for)
    yield "Received", local_time(order, order.created_at)
    yield "Prep time", f"{order.prep_time_minutes} minutes"
    yield "Decided after", _span(order.wait_seconds)
    yield "Prepared in", _span(order.kitchen_seconds)
    yield "Payment", "Unpaid: collect it here" if order.unpaid else ""
    utensils = order.details.get("should_include_utensils")
    yield "Utensils", {True: "Yes", False: "No"}.get(utensils, "")
    yield "Key", str(order.pk)


def _span(seconds: int | None) -> str:
    return "" if seconds is None else duration(timedelta(seconds=seconds))


def _customers(order: Order) -> Iterator[tuple[str, str]]:
    if order.erased_at is not None:
        return
    sent = order.details.get("customers") or []
    if not sent:
        yield order.customer_name or "No name", order.customer_phone
    for customer in sent:
        code = customer.get("masked_phone_code")
        phone = f"{customer.get('phone') or ''}{f', code {code}' if code else ''}"
        parts = [phone, customer.get("email") or ""]
        yield customer.get("name") or "No name", ", ".join(part for part in parts if part)


def _instructions(order: Order) -> Iterator[tuple[str, str]]:
    for name, label in [
        ("special_instructions", "For the kitchen"),
        ("fulfillment_instructions", "For the handover"),
    ]:
        if order.details.get(name):
            yield label, order.details[name]


def _driver(driver: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Name", driver.get("name") or ""
    yield "Service", labels.channel(driver["source"]) if driver.get("source") else ""
    yield "Phone", _join_fields(driver.get("phone"), ("number", "code"), ", code ")
    vehicle = driver.get("vehicle_info") or {}
    yield "Vehicle", _join_fields(vehicle, _VEHICLE, " ")
    yield "Self-driving", "Yes" if vehicle.get("is_autonomous") else ""
    yield "Passcode", driver.get("passcode") or ""
    yield "Handover", driver.get("handoff_instructions") or ""
    yield "Picture", driver.get("picture_url") or ""


def local_time(order: Order, at: Any) -> str:
    """Format an instant in the restaurant's time zone; empty for None."""
    return f"{order.location.local(at):%d %b %Y, %H:%M}" if at is not None else ""


def _join_fields(record: Any, names: tuple[str, ...], separator: str) -> str:
    if not isinstance(record, dict):
        return ""
    return separator.join(str(record[name]) for name in names if record.get(name))
