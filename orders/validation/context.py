"""An order with everything its judge needs to know."""

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
    """What is judged, where, and at which instant; `is_in_store`: staff took it at the counter."""

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
        """What helps where the order does not fit the menu; the end of a sentence."""
        if self.is_in_store:
            return _("choose again.")
        return _("publish the menu to the channel again.")

    @property
    def wanted_at(self) -> datetime:
        """The instant the order is for: now, unless it is a future order."""
        order = self.order
        if not order.is_future_order or order.requested_for is None:
            return self.now
        return max(self.now, datetime.fromtimestamp(order.requested_for / 1000, UTC))

    @cached_property
    def choices(self) -> list[tuple[Entry, Chosen]]:
        """What was taken from each group below each entry; found out once for all rules."""
        return [(one, chosen) for one in self.entries for chosen in chosen_below(one, self.facts)]
