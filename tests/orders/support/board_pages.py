"""Orders for the board, and the board as a person reads it."""

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


def order(at: Location, **fields: Any) -> Order:
    """An accepted one, unless said."""
    return pending(at, **{"state": State.IN_PROGRESS, "dsp_order_number": "A-1"} | fields)


def line(of: Order, name: str, position: int = 0, **fields: Any) -> OrderLine:
    usual = {"kind": "item_family", "quantity": 1, "price_amount": 1000, "depth": 0}
    return OrderLine.objects.create(order=of, name=name, position=position, **usual | fields)


def act(what: str, one: Order | uuid.UUID) -> str:
    return f"{PART}{getattr(one, 'pk', one)}/{what}/"


def columns(answer: Any) -> dict[str, list[str]]:
    """The numbers in each column, in the order in which they stand there."""
    found: dict[str, list[str]] = {}
    for part in answer.content.decode().split('id="column-')[1:]:
        found[part.split('"')[0]] = re.findall(r'data-number="([^"]*)"', part)
    return found


def text_of(answer: Any) -> str:
    """What is to be read, with single blanks."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def buttons(answer: Any) -> list[str]:
    """The visible names of the buttons of the cards."""
    page = answer.content.decode()
    names = re.findall(r"<button[^>]* data-key=[^>]*>(.*?)</button>", page, re.DOTALL)
    return [re.sub(r"<span.*", "", name, flags=re.DOTALL).strip() for name in names]


def state_of(one: Order) -> str:
    one.refresh_from_db()
    return one.state


def poll(browser: Any, version: str = "", address: str = PART) -> Any:
    """As the board's script asks."""
    return browser.get(address, HTTP_IF_NONE_MATCH=version)


def crowd(location: Location, count: int, lines: int = 5) -> list[Order]:
    """So many accepted orders."""
    made = [
        Order(
            merchant=location.merchant, location=location, identity=f"i{n}", fingerprint="x",
            answer="{}", state=State.IN_PROGRESS, dsp_order_number=f"N-{n}", source="uber",
            customer_name="Jane Doe", fulfillment_type="delivery", prep_time_minutes=15,
            subtotal=1000, total=1000, currency="usd",
        )
        for n in range(count)
    ]  # fmt: skip
    Order.objects.bulk_create(made)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=one, position=n, depth=n % 3, kind="item_family", provider_id="fam_1",
            name="Cheeseburger with everything", quantity=1, price_amount=100,
        )
        for one in made
        for n in range(lines)
    )  # fmt: skip
    return made
