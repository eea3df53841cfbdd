"""An order's lines as a flat list, and their totals (contract ORD-NEW)."""

import msgspec

from orders.protocol.schema import LineItem, LineModifier, Order

from .catalog_lookup import CatalogObject, Facts

MAXIMUM_ENTRIES = 2_000
MAXIMUM_QUANTITY = 10_000
MAXIMUM_DEPTH = 20


class Entry(msgspec.Struct):
    """A line, or a modifier below one, with its catalog object."""

    sent: LineItem | LineModifier
    parent: "Entry | None"
    depth: int
    ordered: int  # Needed for the whole order: quantities multiply down the tree.
    place: int = 0  # Index among all entries of the order.
    thing: CatalogObject | None = None
    below: "list[Entry]" = []

    @property
    def top(self) -> "Entry":
        return self if self.parent is None else self.parent.top

    @property
    def is_open(self) -> bool:
        """True for a markup line: it has no catalog ID and is accepted as it is."""
        return self.parent is None and not self.sent.provider_id

    @property
    def label(self) -> str:
        """The display name; a size includes the name of its item family."""
        thing = self.thing
        name = self.sent.name or (thing.name if thing else None)
        if thing is not None and thing.kind == "item" and thing.family and name == thing.name:
            return f"{thing.family.name}, {name}"
        return name or self.sent.provider_id or "a line without a name"


def entries_of(order: Order) -> list[Entry]:
    """Return every line, each followed by its modifiers, depth first, as sent."""
    entries: list[Entry] = []
    stack = [Entry(line, None, 0, line.quantity) for line in reversed(order.line_items)]
    while stack:
        entry = stack.pop()
        entry.place = len(entries)
        entries.append(entry)
        if entry.parent is not None:
            entry.parent.below.append(entry)
        for modifier in reversed(entry.sent.modifiers or []):
            ordered = entry.ordered * modifier.quantity
            stack.append(Entry(modifier, entry, entry.depth + 1, ordered))
    return entries


def identify(entries: list[Entry], facts: Facts) -> None:
    """Set every entry's catalog object by its ID."""
    for entry in entries:
        provider_id = entry.sent.provider_id
        if provider_id is None:
            continue
        if entry.parent is None:
            entry.thing = facts.sold_as(provider_id)
        else:
            entry.thing = facts.modifiers.get(provider_id)


def sum_as_sent(entries: list[Entry]) -> int:
    """Return the sum of the lines at the order's own prices."""
    return sum(entry.sent.price_amount * entry.ordered for entry in entries)


def total_of(order: Order) -> int:
    """Return subtotal − discounts + tax + tips + fees + service; the contract has no `total`."""
    added = (
        order.tax,
        order.store_tip,
        order.driver_tip,
        order.delivery_fee,
        order.delivery_fee_tax if order.delivery_fee_tax is not None else order.delivery_fee_taxes,
        order.service_charge,
    )
    discounts = sum(discount.amount for discount in order.discounts or [])
    return order.subtotal - discounts + sum(amount for amount in added if amount is not None)
