"""The amounts of a followed order as sent, with their arithmetic checked (contract EV)."""

from dataclasses import dataclass

from integration import currency as currencies
from orders.models import FollowedOrder

# The total is the sum of these.
_PARTS = [
    ("subtotal", "Subtotal"),
    ("tax", "Tax"),
    ("delivery_fee", "Delivery fee"),
    ("driver_tip", "Tip for the driver"),
]
_FEE_TAX = "delivery_fee_tax"


@dataclass(frozen=True)
class Totals:
    """The amounts as texts; `difference` is empty when they add up, or no total was sent."""

    rows: list[tuple[str, str]]
    total: str
    sum: str
    difference: str


def totals_of(order: FollowedOrder) -> Totals:
    """Check an order's amounts.

    A tax on the delivery fee may be part of the tax or come on top of it: either way they add up.
    """
    amounts = {**order.details, "subtotal": order.subtotal, "tax": order.tax}
    parts = [(label, int(amounts.get(name) or 0)) for name, label in _PARTS]
    fee_tax = int(amounts.get(_FEE_TAX) or 0)
    added = sum(amount for _, amount in parts)
    shown = [(label, amount) for label, amount in parts if amount or label == "Subtotal"]
    if fee_tax:
        shown.append(("Tax on the delivery fee", fee_tax))
    difference = 0 if order.total is None else order.total - added
    return Totals(
        [(label, in_currency(amount, order.currency)) for label, amount in shown],
        "not sent" if order.total is None else in_currency(order.total, order.currency),
        in_currency(added, order.currency),
        "" if difference in (0, fee_tax) else _signed(difference, order.currency),
    )


def in_currency(amount: int, currency: str) -> str:
    return currencies.as_text(amount, currency).strip()


def _signed(amount: int, currency: str) -> str:
    text = in_currency(abs(amount), currency)
    return f"{text} more" if amount > 0 else f"{text} less"
