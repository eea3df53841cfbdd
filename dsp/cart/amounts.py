"""Exact amounts of an order (contract DSP-RULES-SUM).

Fractions keep every step exact; each exclusive tax is rounded half up, once.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from dsp.menus.schema import Tax

from .lines import PricedLine


class Discount(Struct, frozen=True):
    """A positive amount off one line, by its index, or off the whole order."""

    amount: int
    line: int | None = None


class TaxAmount(Struct, frozen=True):
    """An exclusive tax on the order."""

    id: str
    name: str
    amount: int


class Amounts(Struct, frozen=True):
    """Sums in the smallest unit; inclusive taxes stay in the subtotal and are not in `tax`."""

    subtotal: int
    discount: int
    tax: int
    taxes: tuple[TaxAmount, ...]

    @property
    def total(self) -> int:
        """The guest's total before tips and fees."""
        return self.subtotal - self.discount + self.tax


def amounts(
    lines: Sequence[PricedLine], taxes: Mapping[str, Tax], discounts: Sequence[Discount] = ()
) -> Amounts:
    """Compute the sums. A discount takes off no more than there is."""
    left = [line.total for line in lines]
    subtotal = sum(left)
    for discount in discounts:
        if discount.line is not None:
            left[discount.line] -= min(discount.amount, left[discount.line])
    of_order = sum(discount.amount for discount in discounts if discount.line is None)
    discounted = max(0, sum(left) - of_order)
    share = Fraction(discounted, sum(left)) if sum(left) else Fraction(0)
    charged = tuple(
        TaxAmount(tax.stream_id, tax.name, _on(tax, lines, left, share))
        for tax in taxes.values()
        if not tax.is_inclusive and any(tax.stream_id in line.family.tax_ids for line in lines)
    )
    return Amounts(subtotal, subtotal - discounted, sum(one.amount for one in charged), charged)


def _on(tax: Tax, lines: Sequence[PricedLine], left: Sequence[int], share: Fraction) -> int:
    base = sum(
        amount
        for line, amount in zip(lines, left, strict=True)
        if tax.stream_id in line.family.tax_ids
    )
    return half_up(base * share * Fraction(tax.rate) / 100)


def half_up(amount: Fraction) -> int:
    """Round to a whole number, halves up."""
    return (amount + Fraction(1, 2)).__floor__()
