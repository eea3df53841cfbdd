"""The card of one delivery."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Location
from orders.models import DriverAssignment, FollowedOrder, Order
from orders.staff_pages import labels
from orders.staff_pages.handover import Handover, phone_of
from orders.staff_pages.lines import lines_by_order
from orders.states import State

from .deliveries import Delivery, kind_of
from .delivery_status import DELIVERED, is_out, is_over
from .driver_assignment import Deliverable

_MAX_LINES = 100  # Further lines are only counted.
_MAX_INDENT = 4  # Deeper lines are indented no further.


def title_of(order: Deliverable) -> str:
    """Return the channel and the number, as people name the order."""
    return f"{channel_of(order)} {number_of(order)}"


def number_of(order: Deliverable) -> str:
    if isinstance(order, Order):
        return order.dsp_order_number or str(order.pk)[:8]
    return order.dsp_order_number or order.stream_order_id[:8]


def channel_of(order: Deliverable) -> str:
    return labels.channel(order.channel if isinstance(order, Order) else order.source)


def state_of(order: Deliverable) -> str:
    """Return the state in words; a followed order's may be any text."""
    if isinstance(order, Order):
        return labels.state(order.state)
    return labels.any_state(order.status)


@dataclass
class Card:
    """Template data for a delivery; every text is in the viewer's language."""

    delivery: Delivery
    now: datetime
    notice: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    more_lines: int = 0
    ending: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order = self.delivery.order
        self.kind = kind_of(self.order)
        self.key = str(self.order.pk)
        self.is_open = not is_over(self.order) and not self._is_delivered
        self.column = self._column()
        self.due: datetime | None = self.order.due_at
        self.is_late = self.is_open and self.due is not None and self.due < self.now

    def fill(self, own_lines: list[dict[str, Any]]) -> None:
        """Set the lines: an own order's rows, or the items that Stream sent."""
        lines = self._lines(own_lines)
        self.lines, self.more_lines = lines[:_MAX_LINES], max(0, len(lines) - _MAX_LINES)

    def fill_whole(self) -> None:
        """Set all lines, however many there are."""
        own = lines_by_order([self.order]) if isinstance(self.order, Order) else {}
        self.lines = self._lines(own.get(self.order.pk, []))

    def _lines(self, own_lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if isinstance(self.order, FollowedOrder):
            return list(_sent_lines(self.order.details.get("items"), 0))
        return [{**row, "depth": min(row["depth"], _MAX_INDENT)} for row in own_lines]

    @property
    def _is_delivered(self) -> bool:
        order, assignment = self.order, self.assignment
        if assignment is not None and assignment.delivered_at is not None:
            return True
        if isinstance(order, Order):
            return order.state == State.COMPLETED
        return DELIVERED in (order.delivery_status, order.status)

    def _column(self) -> str:
        if self._is_delivered:
            return "delivered"
        if not self.is_open:
            return "canceled"
        if is_out(self.order) or (self.assignment and self.assignment.out_at):
            return "out"
        return "assigned" if self.driver else "unassigned"

    @property
    def assignment(self) -> DriverAssignment | None:
        return self.delivery.assignment

    @property
    def seen(self) -> str:
        """The delivery in a form, with the assignment that the page shows of it."""
        return f"{self.kind}:{self.key}:{self.assignment.pk if self.assignment else 0}"

    @property
    def place(self) -> Location:
        place = self.order.location
        assert place is not None
        return place

    @property
    def number(self) -> str:
        return number_of(self.order)

    @property
    def channel(self) -> str:
        return channel_of(self.order)

    @property
    def state(self) -> str:
        """The progress in words; a delivery status says more than a followed order's state."""
        sent = self.order.delivery_status
        if self.column == "delivered":
            return labels.delivery(DELIVERED)
        if isinstance(self.order, FollowedOrder) and sent and self.is_open:
            return labels.delivery(sent)
        return state_of(self.order)

    @cached_property
    def due_text(self) -> str:
        """The due time in the location's time zone, with the day unless it is today."""
        return labels.local_time(self.place, self.due, self.now) if self.due else ""

    @cached_property
    def driver(self) -> dict[str, str]:
        """The name and the phone as shown and as dialed; empty without a driver."""
        if self.assignment is not None:
            person = self.assignment.driver
            return {"name": person.name, **phone_of(person.phone, person.code)}
        sent = self.order.driver if isinstance(self.order, Order) else {}
        if not sent.get("name"):
            return {}
        phone = _mapping(sent.get("phone"))
        return {"name": sent["name"], **phone_of(phone.get("number"), phone.get("code"))}

    @cached_property
    def handover(self) -> Handover:
        return Handover(self.order)

    @property
    def status(self) -> str:
        """The delivery status of an order of our own in words, while it is open."""
        sent = self.order.delivery_status
        is_shown = isinstance(self.order, Order) and sent and self.is_open
        return labels.delivery(sent) if is_shown else ""

    @property
    def times(self) -> list[tuple[str, str]]:
        """The steps of our driver with their times."""
        got = self.assignment
        if got is None:
            return []
        steps = (
            (_("Assigned"), got.assigned_at),
            (_("Left"), got.out_at),
            (_("Delivered"), got.delivered_at),
        )
        return [(name, labels.local_time(self.place, at, self.now)) for name, at in steps if at]

    @property
    def may_go(self) -> bool:
        """True when it can be marked as out for delivery."""
        return self.is_open and self.column != "out" and self._allows(State.OUT_FOR_DELIVERY)

    @property
    def may_arrive(self) -> bool:
        """True when it can be marked as delivered."""
        return self.is_open and self.column == "out" and self._allows(State.COMPLETED)

    def _allows(self, to: State) -> bool:
        return not isinstance(self.order, Order) or to in self.order.staff_moves

    @property
    def searched(self) -> str:
        """The text that the search matches, in lower case."""
        order = self.order
        parts = (self.number, order.dsp_order_id, order.customer_name, order.source, self.channel)
        driver = self.driver.get("name", "")
        return " ".join(part for part in (*parts, self.handover.address, driver) if part).lower()


def _sent_lines(items: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield items and their modifiers of any depth, depth first, without what is no item."""
    waiting = [(item, depth) for item in reversed(_members(items))]
    while waiting:
        item, depth = waiting.pop()
        yield {
            "quantity": item.get("quantity", 1),
            "name": str(item.get("name") or ""),
            "special_instructions": str(item.get("special_instructions") or ""),
            "depth": min(depth, _MAX_INDENT),
        }
        below = reversed(_members(item.get("modifiers")))
        waiting += [(modifier, depth + 1) for modifier in below]


def _members(sent: Any) -> list[dict[str, Any]]:
    return [member for member in sent if isinstance(member, dict)] if isinstance(sent, list) else []


def _mapping(sent: Any) -> Mapping[str, Any]:
    return sent if isinstance(sent, dict) else {}
