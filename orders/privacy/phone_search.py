"""Find a customer's orders and events by phone number, in any format."""

import re
import uuid

from django.db.models import QuerySet

from orders.models import InboundEvent, Order

_NON_DIGITS = re.compile(r"\D+")
MIN_DIGITS = 6  # Fewer would match many people.


def digits(phone: str) -> str:
    return _NON_DIGITS.sub("", phone)


def find_orders(phone: str, among: "QuerySet[Order]") -> list[uuid.UUID]:
    """Find orders with the number. Reads all rows: no index covers every format."""
    target = digits(phone)
    rows = among.filter(erased_at=None).values_list("pk", "customer_phone", "details__customers")
    keys = []
    for key, first, customers in rows.iterator():
        phones = [first, *(customer.get("phone") or "" for customer in customers or [])]
        if any(_is_same(digits(number), target) for number in phones):
            keys.append(key)
    return keys


def find_events(phone: str, among: "QuerySet[InboundEvent]") -> list[int]:
    """Find events without an order whose body contains the number; a false match is harmless."""
    target = digits(phone).encode()
    rows = among.filter(erased_at=None, order=None).values_list("pk", "body")
    return [
        key
        for key, body in rows.iterator(chunk_size=100)
        if target in re.sub(rb"\D+", b"", bytes(body))
    ]


def _is_same(first: str, second: str) -> bool:
    """Compare two numbers, with or without the country code."""
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= MIN_DIGITS and longer.endswith(shorter)
