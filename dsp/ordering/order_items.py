"""The lines of an order in the form of the event new_order (contract DSP-WH-NEW)."""

from collections.abc import Iterator, Sequence
from typing import Any

from dsp.cart.lines import PricedLine, PricedModifier

from .cart_request import RequestedLine

Item = dict[str, Any]


def guest_id(number: int) -> str:
    """Return the id of a guest within the order; 0 is who orders."""
    return f"g{number + 1}"


def has_more_entries(lines: Sequence[PricedLine], most: int) -> bool:
    """Return whether the items would have more entries: partly free choices repeat what is below.

    It stops counting there, since nested ones multiply.
    """
    return any(number >= most for number, _ in enumerate(_entries(lines)))


def items(lines: Sequence[PricedLine], asked: Sequence[RequestedLine], currency: str) -> list[Item]:
    """Return the items of the priced lines."""
    return [_item(*pair, currency) for pair in zip(lines, asked, strict=True)]


def item_total(item: Item) -> int:
    """Return the amount of an item, or of a modifier per unit of its parent."""
    below = sum(item_total(modifier) for modifier in item["modifiers"])
    total: int = item["quantity"] * (item["price"] + below)
    return total


def shown_name(line: PricedLine) -> str:
    """Return the dish with its size, where it has several."""
    family, variation = line.family, line.variation
    if len(family.variations) == 1 or variation.name == family.name:
        return family.name
    return f"{family.name}, {variation.name}"


def _item(line: PricedLine, asked: RequestedLine, currency: str) -> Item:
    item = {
        "id": line.variation.stream_id,
        "item_id": line.family.stream_id,
        "category_id": line.category_id,
        "name": shown_name(line),
        "quantity": line.quantity,
        "price": line.variation.price,
        "currency": currency,
        "customer_id": guest_id(asked.guest),
    }
    if asked.special_instructions:
        item["special_instructions"] = asked.special_instructions
    return item | {"modifiers": [_modifier(one, currency) for one in line.modifiers]}


def _modifier(modifier: PricedModifier, currency: str) -> Item:
    return {
        "id": modifier.id,
        "modifier_group_id": modifier.group_id,
        "name": modifier.name,
        "quantity": modifier.quantity,
        "price": modifier.price,
        "currency": currency,
        "modifiers": [_modifier(below, currency) for below in modifier.modifiers],
    }


def _entries(lines: Sequence[PricedLine]) -> Iterator[PricedModifier]:
    open_ones = [modifier for line in lines for modifier in line.modifiers]
    while open_ones:
        modifier = open_ones.pop()
        yield modifier
        open_ones.extend(modifier.modifiers)
