"""An order with everything its judge needs to know."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from catalog.models import Location
from integration.currency import as_text

from .cart import Entry
from .choices import Chosen, chosen_below
from .contract import Order
from .facts import Facts


@dataclass(frozen=True)
class Case:
    """What is judged, where, and at which instant."""

    order: Order
    location: Location
    currency: str
    entries: list[Entry]
    facts: Facts
    now: datetime
    _chosen: dict[UUID, list[Chosen]] = field(default_factory=dict)

    def money(self, amount: int) -> str:
        return as_text(amount, self.currency)

    @property
    def wanted_at(self) -> datetime:
        """The instant the order is for: now, unless it is a future order."""
        order = self.order
        if not order.is_future_order or order.requested_for is None:
            return self.now
        return max(self.now, datetime.fromtimestamp(order.requested_for / 1000, UTC))

    def choices_of(self, entry: Entry) -> list[Chosen]:
        """What was taken from each group below the entry; found out once for all rules."""
        if entry.id not in self._chosen:
            self._chosen[entry.id] = chosen_below(entry, self.facts)
        return self._chosen[entry.id]
