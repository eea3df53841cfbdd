"""Finds what belongs to one customer's phone number, however it is written."""

import re
import uuid

from django.db.models import QuerySet

from orders.models import InboundEvent, Order

_NO_DIGIT = re.compile(r"\D+")
SHORTEST = 6  # Digits; fewer would be many people's.


def digits(phone: str) -> str:
    return _NO_DIGIT.sub("", phone)


def orders_of(phone: str, among: "QuerySet[Order]") -> list[uuid.UUID]:
    """Reads all of them: numbers are written in many ways, so no index helps."""
    wanted = digits(phone)
    rows = among.filter(erased_at=None).values_list("pk", "customer_phone", "details__customers")
    found = []
    for key, first, customers in rows.iterator():
        phones = [first, *(one.get("phone") or "" for one in customers or [])]
        if any(_is_same(digits(one), wanted) for one in phones):
            found.append(key)
    return found


def events_of(phone: str, among: "QuerySet[InboundEvent]") -> list[int]:
    """Events of no order whose body holds the number; one too many does no harm."""
    wanted = digits(phone).encode()
    rows = among.filter(erased_at=None, order=None).values_list("pk", "body")
    return [
        key
        for key, body in rows.iterator(chunk_size=100)
        if wanted in re.sub(rb"\D+", b"", bytes(body))
    ]


def _is_same(one: str, other: str) -> bool:
    """With or without the country's code."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= SHORTEST and longer.endswith(shorter)
