"""Rules about discounts (contract ORD-NEW, Unbelievable values)."""

from collections import Counter

from orders.cart.lines import Entry
from orders.protocol.responses import INVALID_CART, Refusal

from .context import Case

_TWIN = "_item"  # `<family>_item` means a family without items (contract ORD-NEW).


def discounts_are_not_below_zero(case: Case, refusal: Refusal) -> None:
    for discount in case.order.discounts or ():
        if discount.amount < 0:
            amount = case.money(discount.amount)
            refusal.because(
                INVALID_CART, f"A discount is {amount}: send discounts as amounts above zero."
            )


def discounts_are_not_above_their_base(case: Case, refusal: Refusal) -> None:
    """Compare the discounts on each item with its lines, and all together with the subtotal."""
    discounts = case.order.discounts or ()
    of_item: Counter[str] = Counter()
    for discount in discounts:
        if discount.item_id:
            of_item[_family(discount.item_id)] += discount.amount
    for item_id, amount in of_item.items():
        lines = [entry for entry in case.entries if _family(entry.sent.provider_id) == item_id]
        base = sum(map(_price_with_modifiers, lines))
        if lines and amount > base:
            _refuse(case, refusal, amount, lines[0].label, base)
    amount = sum(discount.amount for discount in discounts)
    if amount > max(0, case.order.subtotal):
        _refuse(case, refusal, amount, "the subtotal", case.order.subtotal)


def _family(provider_id: str | None) -> str:
    return (provider_id or "").removesuffix(_TWIN)


def _price_with_modifiers(entry: Entry) -> int:
    """Return what the entry and all below it cost, at the order's own prices."""
    own = entry.sent.price_amount * entry.ordered
    return own + sum(map(_price_with_modifiers, entry.below))


def _refuse(case: Case, refusal: Refusal, amount: int, base: str, worth: int) -> None:
    refusal.because(
        INVALID_CART,
        f"The discount of {case.money(amount)} is more than what it is on: {base} comes to"
        f" {case.money(worth)}.",
    )
