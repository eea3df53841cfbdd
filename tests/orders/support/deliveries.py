"""Deliveries of both kinds for the dispatch page, and readers for it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from catalog.models import Location
from integration.models import Merchant
from orders.models import Driver, FollowedOrder, Order
from orders.states import State

from .board_pages import board_order

DISPATCH, PART, ASSIGN, DRIVERS = (
    f"/dispatch/{page}" for page in ("", "deliveries/", "assign/", "drivers/")
)
NOON = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # In Chicago.
ADDRESS = {
    "address_line_1": "123 Congress Ave", "city": "Austin", "state": "TX",
    "postal_code": "78701", "country": "USA",
}  # fmt: skip
BURGER = {
    "name": "Cheeseburger", "quantity": 2, "price": 1000, "special_instructions": "No bun",
    "modifiers": [
        {"name": "Extra patty", "quantity": 1, "modifiers": [{"name": "Well done", "quantity": 1}]}
    ],
}  # fmt: skip


def own(at: Location, number: str = "A-1", **fields: Any) -> Order:
    """Create an accepted order of our own that we deliver."""
    defaults = {
        "dsp_order_number": number, "fulfillment_type": "merchant_managed_delivery",
        "customer_name": "Jane Doe", "customer_phone": "+15125550142",
        "details": {"delivery_address": ADDRESS}, "state": State.READY_FOR_PICKUP,
    }  # fmt: skip
    return board_order(at, **defaults | fields)


def followed(at: Location | None, number: str = "F-1", **fields: Any) -> FollowedOrder:
    """Create an open order of another POS that we deliver, due in half an hour."""
    now = timezone.now()
    defaults = {
        "stream_location_id": "STREAM_LOCATION_1", "stream_order_id": f"STREAM_{number}",
        "merchant": at and at.merchant, "location": at, "source": "doordash",
        "dsp_order_number": number, "fulfillment_type": "merchant_managed_delivery",
        "status": "in_progress", "due_at": now + timedelta(minutes=30), "confirmed_at": now,
        "customer_name": "Rosa Martínez", "customer_phone": "+15125550199",
        "customer_phone_code": "4711", "currency": "usd", "total": 2100,
        "details": {"delivery_address": ADDRESS, "items": [BURGER]},
    }  # fmt: skip
    return FollowedOrder.objects.create(**defaults | fields)


def driver(merchant: Merchant, name: str = "Sam", phone: str = "+15125550100") -> Driver:
    return Driver.objects.create(merchant=merchant, name=name, phone=phone)


def chosen(answer: Any) -> dict[str, str]:
    """Return the value of each delivery's checkbox, by number."""
    page = answer.content.decode()
    found = re.findall(r'data-number="([^"]*)".*?(?=data-number|\Z)', page, re.DOTALL)
    parts = page.split('data-number="')[1:]
    values = [re.search(r'name="delivery"\s+value="([^"]*)"', part) for part in parts]
    return {number: value[1] for number, value in zip(found, values, strict=True) if value}


def card(answer: Any, number: str) -> str:
    """Return the visible text of a card, with single spaces."""
    part = next(
        part
        for part in answer.content.decode().split("<article")[1:]
        if f'data-number="{number}"' in part
    )
    return " ".join(re.sub(r"<[^>]*>", " ", "<" + part.split("</article>")[0]).split())
