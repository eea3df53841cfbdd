"""The context of a validation: an order with its catalog data."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.utils.translation import gettext as _

from catalog.models import Location
from integration.currency import as_text
from orders.cart.catalog_lookup import Facts
from orders.cart.lines import Entry
from orders.cart.modifier_choices import Chosen, chosen_below
from orders.protocol.schema import Order


@dataclass(frozen=True)
class Case:
    """An order under validation at an instant; `is_in_store`: staff entered it."""

    order: Order
    location: Location
    currency: str
    entries: list[Entry]
    facts: Facts
    now: datetime
    is_in_store: bool = False

    def money(self, amount: int) -> str:
        return as_text(amount, self.currency)

    @property
    def remedy(self) -> str:
        """The remedy for an order that does not fit the menu; the end of a sentence."""
        if self.is_in_store:
            return _("choose again.")
        return _("publish the menu to the channel again.")

    @property
    def wanted_at(self) -> datetime:
        """The requested time of a future order, otherwise now."""
        order = self.order
        if not order.is_future_order or order.requested_for is None:
            return self.now
        return max(self.now, datetime.fromtimestamp(order.requested_for / 1000, UTC))

    @cached_property
    def choices(self) -> list[tuple[Entry, Chosen]]:
        """The choices from each group below each entry, computed once for all rules."""
        return [
            (entry, chosen) for entry in self.entries for chosen in chosen_below(entry, self.facts)
        ]
