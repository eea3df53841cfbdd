"""Orders for the board, and readers for its pages."""

import re
import uuid
from typing import Any

from django.utils import timezone

from catalog.models import Location
from orders.models import Order, OrderLine
from orders.states import State

from .deferred_orders import pending

HTMX = {"HTTP_HX_REQUEST": "true"}
BOARD = "/board/"
PART = "/board/orders/"
START = timezone.now().replace(second=5, microsecond=0)


def board_order(at: Location, **fields: Any) -> Order:
    """Create an order, accepted by default."""
    return pending(at, **{"state": State.IN_PROGRESS, "dsp_order_number": "A-1"} | fields)


def line(order: Order, name: str, position: int = 0, **fields: Any) -> OrderLine:
    defaults = {"kind": "item_family", "quantity": 1, "price_amount": 1000, "depth": 0}
    return OrderLine.objects.create(order=order, name=name, position=position, **defaults | fields)


def action_url(action: str, order: Order | uuid.UUID) -> str:
    return f"{PART}{getattr(order, 'pk', order)}/{action}/"


def columns(answer: Any) -> dict[str, list[str]]:
    """Return the order numbers in each column, in sequence."""
    numbers: dict[str, list[str]] = {}
    for part in answer.content.decode().split('id="column-')[1:]:
        numbers[part.split('"')[0]] = re.findall(r'data-number="([^"]*)"', part)
    return numbers


def text_of(answer: Any) -> str:
    """Return the visible text, with single spaces."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def buttons(answer: Any) -> list[str]:
    """Return the visible labels of the cards' buttons."""
    page = answer.content.decode()
    names = re.findall(r"<button[^>]* data-key=[^>]*>(.*?)</button>", page, re.DOTALL)
    return [re.sub(r"<span.*", "", name, flags=re.DOTALL).strip() for name in names]


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def poll(browser: Any, version: str = "", address: str = PART) -> Any:
    """Request the board's part as its script does."""
    return browser.get(address, HTTP_IF_NONE_MATCH=version)


def crowd(location: Location, count: int, lines: int = 5) -> list[Order]:
    """Create `count` accepted orders with lines."""
    orders = [
        Order(
            merchant=location.merchant, location=location, identity=f"i{n}", fingerprint="x",
            answer="{}", state=State.IN_PROGRESS, dsp_order_number=f"N-{n}", source="uber",
            customer_name="Jane Doe", fulfillment_type="delivery", prep_time_minutes=15,
            subtotal=1000, total=1000, currency="usd",
        )
        for n in range(count)
    ]  # fmt: skip
    Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, position=n, depth=n % 3, kind="item_family", provider_id="fam_1",
            name="Cheeseburger with everything", quantity=1, price_amount=100,
        )
        for order in orders
        for n in range(lines)
    )  # fmt: skip
    return orders
