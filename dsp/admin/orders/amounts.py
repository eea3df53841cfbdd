"""An order's lines and amounts as texts, with their arithmetic checked (contract DSP-RULES-SUM)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsp.models import ChannelOrder
from integration import currency

_MOST_LINES = 2_000
_MOST_INDENT = 6
_CHARGES = [
    ("service_charge", "Service charge"),
    ("store_tip", "Tip for the restaurant"),
    ("driver_tip", "Tip for the driver"),
    ("delivery_fee", "Delivery fee"),
    ("delivery_fee_taxes", "Tax on the delivery fee"),
]


@dataclass(frozen=True)
class Line:
    """A line or a choice of it; `amount` is that of the whole line, choices included."""

    depth: int
    quantity: int
    name: str
    price: str
    amount: str
    note: str


@dataclass(frozen=True)
class Sums:
    """The amounts; `problem` is empty if they add up."""

    rows: list[tuple[str, str]]
    total: str
    problem: str


def lines_of(order: ChannelOrder) -> list[Line]:
    """Return the lines, each followed by its choices at any depth; at most two thousand."""
    lines: list[Line] = []
    for sent in order.lines:
        if len(lines) >= _MOST_LINES:
            break
        amount = _in_words(_line_total(sent), order)
        lines.append(_line(sent, order, 0, amount))
        lines.extend(_choices(sent, order))
    return lines[:_MOST_LINES]


def _choices(parent: dict[str, Any], order: ChannelOrder) -> Iterator[Line]:
    """Yield the choices, children after their parent, without recursion: they may lie deep."""
    waiting = [(1, below) for below in reversed(parent.get("modifiers") or [])]
    while waiting:
        depth, sent = waiting.pop()
        yield _line(sent, order, min(depth, _MOST_INDENT), "")
        waiting.extend((depth + 1, below) for below in reversed(sent.get("modifiers") or []))


def _line(sent: dict[str, Any], order: ChannelOrder, depth: int, amount: str) -> Line:
    price = int(sent.get("price") or 0)
    shown = _in_words(price, order) if price or not depth else ""
    note = str(sent.get("special_instructions") or "")
    quantity = int(sent.get("quantity") or 0)
    return Line(depth, quantity, str(sent.get("name")), shown, amount, note)


def _line_total(line: dict[str, Any]) -> int:
    """Multiply quantities down: a choice's quantity is per unit of its parent."""
    total, waiting = 0, [(1, line)]
    while waiting:
        factor, sent = waiting.pop()
        factor *= int(sent.get("quantity") or 0)
        total += factor * int(sent.get("price") or 0)
        waiting.extend((factor, below) for below in sent.get("modifiers") or [])
    return total


def sums_of(order: ChannelOrder) -> Sums:
    """Return the amounts as texts."""
    parts = list(_parts(order))
    rows = [(label, _in_words(amount, order)) for label, amount in parts]
    problem = ""
    lines, added = sum(map(_line_total, order.lines)), sum(amount for _, amount in parts)
    if lines != order.subtotal:
        problem = f"The lines come to {_in_words(lines, order)}, not to the subtotal."
    elif added != order.total:
        problem = f"The amounts come to {_in_words(added, order)}, not to the total."
    return Sums(rows, _in_words(order.total, order), problem)


def _parts(order: ChannelOrder) -> Iterator[tuple[str, int]]:
    yield "Subtotal", order.subtotal
    for discount in order.discounts:
        yield f"Discount {discount.get('id', '')}", -int(discount.get("amount") or 0)
    named = sum(int(tax["amount"]) for tax in order.taxes)
    for tax in order.taxes:
        yield str(tax.get("name") or "Tax"), int(tax["amount"])
    rest = order.tax + order.tax_withheld - named
    if rest:
        yield "Tax" if not order.taxes else "Other tax", rest
    for name, label in _CHARGES:
        if getattr(order, name):
            yield label, getattr(order, name)


def _in_words(amount: int, order: ChannelOrder) -> str:
    return currency.as_text(amount, order.currency).strip()
