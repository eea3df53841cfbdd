"""The card of one order."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from integration import currency
from orders.dispatch.driver_assignment import takes_driver
from orders.lifecycle import prep_time as order_prep_time
from orders.lifecycle.acceptance import seconds_left
from orders.models import Order
from orders.staff_pages import labels
from orders.staff_pages.handover import Handover
from orders.staff_pages.labels import local_time
from orders.states import ENDS, State, StreamKnows

from .queries import CANCELED

_VEHICLE = ("color", "make", "model", "license_plate")
_MAX_LINES = 150  # Further lines are only counted.
_MAX_INDENT = 4  # Deeper lines are indented no further.
# Time left, in minutes, at which a card changes color.
_HURRY_MINUTES = 5
_READY_MAY_WAIT = timedelta(minutes=10)
_DELAYS_MINUTES = (10, 20)  # That staff can add to the promised prep time.
_HURRY_SECONDS = 20  # Of the 45 that staff have for a decision; also in board.js.
_FRESH = timedelta(minutes=2)
# A future order stays in "Later" until this long before its preparation must begin.
_AHEAD = timedelta(minutes=20)


@dataclass
class Card:
    """Template data for an order; every text is in the viewer's language."""

    order: Order
    now: datetime
    notice: str = ""
    html: str = ""  # Set by card_cache.render, as is lines_html.
    lines_html: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    more_lines: int = 0
    ending: dict[str, str] = field(default_factory=dict)  # Set by card_cache.render too.
    key: str = field(init=False)
    is_open: bool = field(init=False)
    column: str = field(init=False)
    due: datetime = field(init=False)

    def __post_init__(self) -> None:
        order = self.order
        self.key = str(order.pk)
        self.is_open = order.state not in ENDS
        self.due = order.due_at
        self.column = self._column(timedelta(minutes=order.prep_time_minutes))

    def fill(self, rows: list[dict[str, Any]], *, most: int = _MAX_LINES) -> None:
        """Set the lines, from rows of lines_by_order."""
        self.more_lines = max(0, len(rows) - most)
        self.lines = [_line(row) for row in rows[:most]]

    def _column(self, prep: timedelta) -> str:
        if self.is_loud:
            return "canceled"
        if self.order.state == State.IN_PROGRESS and self.due - prep - _AHEAD > self.now:
            return "later"
        return _COLUMN_OF.get(State(self.order.state), "done")

    @property
    def number(self) -> str:
        return self.order.dsp_order_number or self.key[:8]

    @property
    def brand(self) -> str:
        """The brand that the customer ordered from; staff's own orders name none."""
        return "" if self.order.is_in_store else self.order.brand

    @cached_property
    def handover(self) -> Handover:
        return Handover(self.order)

    @property
    def title(self) -> str:
        """Order number and customer, for screen readers."""
        name = self.handover.name
        return f"{self.number}, {name}" if name else self.number

    @property
    def channel(self) -> str:
        return labels.channel(self.order.channel)

    @property
    def kind(self) -> str:
        return labels.kind(self.order.fulfillment_type)

    @property
    def state(self) -> str:
        return labels.state(self.order.state)

    @property
    def due_text(self) -> str:
        """The due time in the restaurant's time zone, with the day unless it is today."""
        return local_time(self.order.location, self.due, self.now)

    @property
    def minutes_old(self) -> int:
        since = self.order.created_at if self.is_open else self.order.updated_at
        return max(0, int((self.now - since).total_seconds() // 60))

    @property
    def age(self) -> str:
        minutes = self.minutes_old
        if minutes < 1:
            return _("just now")
        if minutes < 120:
            return _("%(minutes)d min ago") % {"minutes": minutes}
        if minutes < 48 * 60:
            return _("%(hours)d h ago") % {"hours": minutes // 60}
        return _("%(days)d days ago") % {"days": minutes // 1440}

    @property
    def is_fresh(self) -> bool:
        return self.is_open and self.now - self.order.created_at < _FRESH

    @property
    def seconds_left(self) -> int | None:
        return seconds_left(self.order, self.now)

    @property
    def mood(self) -> str:
        """The color of the card by its age: `calm`, `warn` or `late`."""
        state, left = self.order.state, self.due - self.now
        if state == State.PENDING:
            return "warn" if (self.seconds_left or 0) > _HURRY_SECONDS else "late"
        if state == State.IN_PROGRESS:
            hurry = timedelta(minutes=_HURRY_MINUTES)
            return "late" if left < timedelta() else "warn" if left < hurry else "calm"
        if state == State.READY_FOR_PICKUP:
            is_late = left < -_READY_MAY_WAIT
            return "late" if is_late else "warn" if left < timedelta() else "calm"
        return "calm"

    @property
    def is_loud(self) -> bool:
        """True for a canceled order that nobody has acknowledged."""
        return self.order.state in CANCELED and self.order.seen_at is None

    @property
    def shows_lines(self) -> bool:
        return self.is_open or self.is_loud

    @property
    def is_unknown(self) -> bool:
        return self.is_open and self.order.stream_knows == StreamKnows.UNKNOWN

    @property
    def is_pending(self) -> bool:
        return self.order.state == State.PENDING

    @property
    def later(self) -> list[dict[str, int]]:
        """The delays that staff can choose: `more` minutes, and the resulting prep time."""
        if self.order.wanted_at is not None:
            return []  # It must be ready at the requested time.
        promised = self.order.prep_time_minutes
        choices = ({"more": more, "minutes": promised + more} for more in _DELAYS_MINUTES)
        return [choice for choice in choices if order_prep_time.is_possible(choice["minutes"])]

    @property
    def moves(self) -> list[dict[str, str]]:
        """The buttons of an accepted order, except Cancel, which asks for a reason first."""
        if self.is_pending:
            return []
        return [_move(state) for state in self.order.staff_moves if state in _MOVES]

    @property
    def takes_driver(self) -> bool:
        """True when the restaurant's own driver can be assigned."""
        return not self.is_pending and takes_driver(self.order)

    @property
    def may_cancel(self) -> bool:
        return not self.is_pending and State.MERCHANT_CANCELED in self.order.staff_moves

    @property
    def total(self) -> str:
        return currency.as_text(self.order.total, self.order.currency)

    @property
    def instructions(self) -> list[str]:
        return self.handover.notes[::-1]  # What concerns the kitchen comes first.

    @property
    def wants_utensils(self) -> str:
        wanted = self.order.details.get("should_include_utensils")
        return {True: _("With utensils"), False: _("No utensils")}.get(wanted, "")

    @property
    def driver(self) -> dict[str, str]:
        """The driver's details; empty when there is none."""
        sent, status = self.order.driver or {}, self.order.delivery_status
        if not self.is_open or not (sent or status):
            return {}
        return {
            "name": str(sent.get("name") or ""),
            "status": labels.delivery(status) if status else "",
            "is_here": "yes" if status == "arrived_at_pickup" else "",
            "passcode": str(sent.get("passcode") or ""),
            "vehicle": _vehicle(sent.get("vehicle_info")),
            "phone": _join_fields(sent.get("phone"), ("number", "code")),
            "handoff": str(sent.get("handoff_instructions") or ""),
        }

    @property
    def searched(self) -> str:
        """The text that the search matches, in lower case."""
        order = self.order
        parts = (self.number, order.dsp_order_id, order.customer_name, order.source, self.channel)
        return " ".join(part for part in parts if part).lower()


_COLUMN_OF = {
    State.PENDING: "new",
    State.IN_PROGRESS: "progress",
    State.READY_FOR_PICKUP: "ready",
    State.OUT_FOR_DELIVERY: "out",
}
# Target state and keyboard shortcut.
_MOVES = {
    State.READY_FOR_PICKUP: "d",
    State.OUT_FOR_DELIVERY: "o",
    State.COMPLETED: "c",
}
_SWITCHABLE = frozenset({"item", "item_family", "modifier"})


def _move(to: State) -> dict[str, str]:
    names = {
        State.READY_FOR_PICKUP: _("Ready"),
        State.OUT_FOR_DELIVERY: _("Out for delivery"),
        State.COMPLETED: _("Complete"),
    }
    return {"to": str(to), "name": names[to], "key": _MOVES[to]}


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "depth": min(row["depth"], _MAX_INDENT),
        "may_switch": row["kind"] in _SWITCHABLE and bool(row["provider_id"]),
    }


def _vehicle(sent: Any) -> str:
    """Return the vehicle in words; nobody gets out of a self-driving one."""
    alone = _("self-driving") if isinstance(sent, dict) and sent.get("is_autonomous") else ""
    return " ".join(part for part in (_join_fields(sent, _VEHICLE), alone) if part)


def _join_fields(record: Any, names: tuple[str, ...]) -> str:
    if not isinstance(record, dict):
        return ""
    return " ".join(str(record[name]) for name in names if record.get(name))
