"""Find a customer's or a driver's orders and events by phone number, in any format.

Each search reads all rows: no index covers every format.
"""

import re
import uuid
from typing import Any

from django.db.models import QuerySet

from orders.models import Driver, FollowedOrder, InboundEvent, Order, StreamEvent

MIN_DIGITS = 6  # Fewer would match many people.
_EXTENSION_MARKS = "#*,;:"  # Or a letter, as in `ext. 4` and `x4`.


def digits(phone: str) -> str:
    """Return the digits of the number itself, without an extension and leading zeros.

    The zero of `+44 (0) 20 …` is dialed within the country only.
    """
    found: list[str] = []
    for character in phone.replace("(0)", ""):
        if character.isdecimal():
            found.append(str(int(character)))  # Of any script.
        elif len(found) >= MIN_DIGITS and (character.isalpha() or character in _EXTENSION_MARKS):
            break
    return "".join(found).lstrip("0")


def find_orders(phone: str, among: "QuerySet[Order]") -> list[uuid.UUID]:
    """Find orders of the customer with the number."""
    target = digits(phone)
    rows = among.filter(erased_at=None).values_list("pk", "customer_phone", "details__customers")
    keys = []
    for key, first, customers in rows.iterator():
        phones = [first, *(customer.get("phone") or "" for customer in customers or [])]
        if any(is_same(digits(number), target) for number in phones):
            keys.append(key)
    return keys


def find_followed(phone: str, among: "QuerySet[FollowedOrder]") -> list[uuid.UUID]:
    """Find followed orders of the customer with the number."""
    return _with_number(phone, among.filter(erased_at=None), "customer_phone")


def find_driven(phone: str, among: "QuerySet[Order]") -> list[uuid.UUID]:
    """Find orders of ours that the driver with the number delivers or delivered."""
    return _with_number(phone, among.filter(erased_at=None), "driver__phone__number")


def find_drivers(phone: str, among: "QuerySet[Driver]") -> list[int]:
    """Find drivers of the list with the number."""
    return _with_number(phone, among.filter(erased_at=None), "phone")


def _with_number(phone: str, among: "QuerySet[Any]", column: str) -> list[Any]:
    target = digits(phone)
    rows = among.order_by("pk").values_list("pk", column).iterator()
    return [key for key, number in rows if is_same(digits(str(number or "")), target)]


def find_events(phone: str, among: "QuerySet[InboundEvent]") -> list[int]:
    """Find events without an order whose body contains the number; a false match is harmless."""
    return _containing(phone, among.filter(erased_at=None, order=None))


def find_stream_events(phone: str, among: "QuerySet[StreamEvent]") -> list[int]:
    """Find processed Stream Events without an order whose body contains the number."""
    processed = among.exclude(outcome=StreamEvent.Outcome.RECEIVED)
    return _containing(phone, processed.filter(erased_at=None, followed=None))


def _containing(phone: str, events: "QuerySet[Any]") -> list[int]:
    target = digits(phone).encode()
    rows = events.values_list("pk", "body").iterator(chunk_size=100)
    return [key for key, body in rows if target in re.sub(rb"\D+", b"", bytes(body))]


def is_same(first: str, second: str) -> bool:
    """Compare the digits of two numbers, with or without the country code."""
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= MIN_DIGITS and longer.endswith(shorter)
