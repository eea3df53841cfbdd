"""Price a draft: our prices, as validation computes them, and our taxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.models import Location
from integration import currency
from integration.db import database_time
from orders.cart.catalog_lookup import Facts, load_facts
from orders.cart.lines import Entry, entries_of, identify, sum_as_sent
from orders.cart.prices import offering, our_price
from orders.protocol.schema import LineItem, LineModifier, Order

from .drafts import ChosenModifier, Draft
from .menu import Menu

SOURCE = "in_store"  # Also its channel's name, for channel-specific prices.
_RATE_DECIMALS = 4  # catalog.Tax.rate
_WHOLE = 1_000_000  # 100 percent at that precision.


@dataclass(frozen=True)
class TaxShare:
    """One tax on the whole order; an inclusive one is already in the prices."""

    name: str
    rate: str
    amount: int
    is_inclusive: bool


@dataclass(frozen=True)
class Quote:
    """The draft as an `order.created` object with our prices, and the data to validate it."""

    order: Order
    entries: list[Entry]
    facts: Facts
    taxes: list[TaxShare]
    code: str
    at: datetime

    @property
    def tax(self) -> int:
        """The tax added to the subtotal, without tax included in prices."""
        return sum(tax.amount for tax in self.taxes if not tax.is_inclusive)

    @property
    def tax_included(self) -> int:
        return sum(tax.amount for tax in self.taxes if tax.is_inclusive)

    @property
    def total(self) -> int:
        return self.order.subtotal + self.tax

    def lines(self) -> Iterator[tuple[Entry, str]]:
        """Yield each dish with its formatted amount, quantity and modifiers included."""
        for top, amount in _line_totals(self.entries):
            yield top, currency.as_text(amount, self.code)


def quote(draft: Draft, menu: Menu, location: Location) -> Quote:
    """Price the draft in three queries, whatever its size. Unknown objects cost nothing."""
    code, now = location.merchant.currency, database_time.now()
    lines = [
        LineItem(
            quantity=line.quantity,
            price_amount=0,
            provider_id=line.item or line.family,
            name=line.name,
            price_currency=code,
            special_instructions=line.note or None,
            modifiers=_modifiers(line.below, menu, code),
        )
        for line in draft.lines
    ]
    order = Order(location_id=location.provider_id, line_items=lines, subtotal=0, source=SOURCE)
    facts = load_facts(order, location, now)
    _price(order, facts)
    entries = _identified(order, facts)
    order.subtotal = sum_as_sent(entries)
    taxes = list(_taxes(draft, entries, menu))
    priced = Quote(order, entries, facts, taxes, code, now)
    order.tax = priced.tax
    return priced


def _modifiers(chosen: list[ChosenModifier], menu: Menu, code: str) -> list[LineModifier]:
    return [
        LineModifier(
            quantity=modifier.quantity,
            price_amount=0,
            provider_id=modifier.id,
            modifier_group_id=modifier.group,
            name=menu.modifiers[modifier.id]["name"]
            if modifier.id in menu.modifiers
            else modifier.id,
            price_currency=code,
            modifiers=_modifiers(modifier.below, menu, code),
        )
        for modifier in chosen
    ]


def _identified(order: Order, facts: Facts) -> list[Entry]:
    entries = entries_of(order)
    identify(entries, facts)
    return entries


def _price(order: Order, facts: Facts) -> None:
    """Set our price on each entry; a group's free modifiers apply in order.

    A modifier that is only partly free is split in two.
    """
    free: dict[tuple[object, int], int] = {}
    for entry in _identified(order, facts):
        sent, price = entry.sent, our_price(entry, facts) or 0
        sent.price_amount = price
        parent = entry.parent
        if parent is None or not price:
            continue
        free_count = _free_count(entry, facts, free)
        if free_count == sent.quantity:
            sent.price_amount = 0
        elif free_count and isinstance(sent, LineModifier):
            _split(parent.sent.modifiers or [], sent, free_count)


def _free_count(entry: Entry, facts: Facts, free: dict[tuple[object, int], int]) -> int:
    covered = 0
    for group in offering(entry, facts):
        place = (entry.parent.place if entry.parent else None, group.key)
        left = free.setdefault(place, group.free_modifiers)
        taken = min(left, entry.sent.quantity - covered)
        free[place] -= taken
        covered += taken
    return covered


def _split(siblings: list[LineModifier], modifier: LineModifier, free_count: int) -> None:
    free = LineModifier(
        quantity=free_count,
        price_amount=0,
        provider_id=modifier.provider_id,
        modifier_group_id=modifier.modifier_group_id,
        name=modifier.name,
        price_currency=modifier.price_currency,
        modifiers=modifier.modifiers,
    )
    modifier.quantity -= free_count
    siblings.insert(siblings.index(modifier), free)


def _line_totals(entries: list[Entry]) -> Iterator[tuple[Entry, int]]:
    tops: list[tuple[Entry, int]] = []
    for entry in entries:
        amount = entry.sent.price_amount * entry.ordered
        if entry.parent is None:
            tops.append((entry, amount))
        else:
            top, before = tops[-1]
            tops[-1] = (top, before + amount)
    yield from tops


def _taxes(draft: Draft, entries: list[Entry], menu: Menu) -> Iterator[TaxShare]:
    """Compute each tax on the sum of its lines, so that it is rounded only once."""
    bases: dict[str, int] = {}
    for line, (_, amount) in zip(draft.lines, _line_totals(entries), strict=True):
        for key in menu.tax_ids_of(line.family):
            bases[key] = bases.get(key, 0) + amount
    for key, base in bases.items():
        tax = menu.taxes[key]
        rate = Decimal(str(tax["rate"]))
        is_inclusive = bool(tax["is_inclusive"])
        amount = tax_amount(base, rate, is_inclusive=is_inclusive)
        yield TaxShare(tax["name"], f"{rate.normalize():f} %", amount, is_inclusive)


def tax_amount(base: int, rate: Decimal, *, is_inclusive: bool) -> int:
    """Return the tax on an amount at a rate in percent, in whole units, rounded half up."""
    units = int(rate.scaleb(_RATE_DECIMALS))
    whole = _WHOLE + units if is_inclusive else _WHOLE
    return (2 * base * units + whole) // (2 * whole)
