"""A guest's order of the channel: ids from the published file, bodies as in the contract."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_channel import FakeChannel, send

CONTRACT = Path(__file__).resolve().parents[3] / "docs" / "contract-dsp.md"


def example(name: str) -> list[dict[str, Any]]:
    """Return the bodies under a heading of the contract's examples."""
    text = CONTRACT.read_text(encoding="utf-8")
    below = text[text.index(f"**{name}") :].partition("\n")[2]
    blocks = re.match(r"(?:```json\n.*?\n```\n)+", below, re.DOTALL)
    assert blocks is not None
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", blocks[0], re.DOTALL)]


class Menu:
    """The last published file of version 2."""

    def __init__(self, channel: FakeChannel) -> None:
        url = channel.bodies("location.publish")[-1]["download_url"]
        self.file: dict[str, Any] = requests.get(url, timeout=10).json()

    def id(self, array: str, name: str) -> str:
        (row,) = [row for row in self.file[array] if row["name"] == name]
        return str(row["stream_id"])

    def line(self, item: str, *, price: int, quantity: int = 1, modifiers: Any = ()) -> Any:
        return {
            "id": self.id("items", item),
            "name": item,
            "quantity": quantity,
            "price": price,
            "currency": "usd",
            "modifiers": list(modifiers),
        }

    def modifier(self, name: str, group: str, *, price: int, modifiers: Any = ()) -> Any:
        return {
            "id": self.id("modifiers", name),
            "modifier_group_id": self.id("modifier_groups", group),
            "name": name,
            "quantity": 1,
            "price": price,
            "currency": "usd",
            "modifiers": list(modifiers),
        }


def new_order(store_id: str, order_id: str, items: list[Any], **changes: Any) -> dict[str, Any]:
    """Return the contract's example of an order with these lines."""
    (event,) = example("EX-WH-NEW**")
    subtotal = sum(
        item["quantity"]
        * (
            item["price"]
            + sum(
                row["price"] + sum(below["price"] for below in row["modifiers"])
                for row in item["modifiers"]
            )
        )
        for item in items
    )
    order = {**event["order"], "id": order_id, "items": items, "subtotal": subtotal, **changes}
    return {"type": "new_order", "location_id": store_id, "order": order}


def order(sandbox: Caller, order_id: str, *states: str) -> dict[str, Any]:
    """Wait until the order has one of these states."""
    wanted = {"order_id": order_id, "state": ",".join(states), "wait_seconds": 10}
    (found,) = sandbox.get("/api/channel/orders", **wanted).json()["orders"]
    return dict(found)


def place(sandbox: Caller, channel: FakeChannel, order_id: str = "ord_1", **changes: Any) -> Menu:
    """Send an order of a soda and a pizza, from the published menu."""
    menu = Menu(channel)
    left = [menu.modifier(name, "halves", price=price) for name, price in _HALVES]
    items = [
        menu.line("Soda", price=250, quantity=2),
        menu.line(
            "Small",
            price=1000,
            modifiers=[
                menu.modifier("thin", "crust", price=75),
                menu.modifier("half", "toppings", price=10, modifiers=left),
            ],
        ),
    ]
    event = new_order("str_8H2K", order_id, items, **changes)
    assert send(sandbox.url, event).status_code == 200
    return menu


_HALVES = (("left", 30), ("right", 40))
