"""What an event changes in a followed order, and what its history says of it (contract EV)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from orders.dispatch.delivery_status import DELIVERED, LEAVING
from orders.models import FollowedOrder, OrderEvent, StreamEvent
from orders.states import ENDS, State

from . import confirmation, statuses
from .locations import Place
from .reader import Event
from .schema import ConfirmedOrder, OrderChange

Outcome = StreamEvent.Outcome
# The history's words; orders/staff_pages/labels.py has them in both languages.
CONFIRMED = "Confirmed"
CONFIRMED_AGAIN = "Confirmed again with changes"
STATUS_CHANGED = "Status changed"
DELIVERY_CHANGED = "Delivery status changed"
CANCELED = "Canceled"
NOTHING_NEW = "Update without a change"
LOCATION_KNOWN = "Location known"
# What an order's own status says of its delivery; any other end is one without it.
_DELIVERIES: dict[str, str] = {State.OUT_FOR_DELIVERY: LEAVING, State.COMPLETED: DELIVERED}
UNDELIVERED = ""


@dataclass
class Tracked:
    """A followed order of a batch, with what has yet to be written of it."""

    order: FollowedOrder
    is_new: bool = False
    is_changed: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)
    # What our own driver's assignment has to know: a delivery status or UNDELIVERED, and when.
    deliveries: list[tuple[str, datetime]] = field(default_factory=list)

    def note(self, record: StreamEvent, what: str, **details: Any) -> None:
        """Add an entry to the history, at the time when Stream told it."""
        self.history.append(
            {
                "followed_id": self.order.pk.hex,
                "at": record.received_at,
                "actor": OrderEvent.Actor.STREAM,
                "what": what,
                "details": {name: value for name, value in details.items() if value},
            }
        )


def begin(record: StreamEvent, event: Event, sent: ConfirmedOrder) -> Tracked:
    """Return the new order that this event confirms; `apply` has yet to be called."""
    order = FollowedOrder(
        id=uuid4(),
        stream_location_id=event.location_id,
        stream_order_id=sent.id,
        confirmed_at=record.received_at,
        updated_at=record.received_at,
    )
    return Tracked(order, is_new=True)


def apply(tracked: Tracked, record: StreamEvent, event: Event, place: Place | None) -> str:
    """Apply an event of a known type to its order; return the event's outcome."""
    history = len(tracked.history)
    before = tracked.order.status, tracked.order.delivery_status
    is_changed = _assign(tracked, record, place)
    if isinstance(event.order, ConfirmedOrder):
        is_changed |= _confirm(tracked, record, event, event.order)
    elif event.order is not None:
        is_changed |= _change(tracked, record, event.type, event.order)
    order = tracked.order
    if order.ended_at is None and statuses.is_end(order.status, order.delivery_status):
        order.ended_at, is_changed = record.received_at, True
    _note_delivery(tracked, record, before)
    tracked.is_changed |= is_changed
    if len(tracked.history) == history:
        tracked.note(record, NOTHING_NEW, **_told(event.order))
    return Outcome.APPLIED if is_changed else Outcome.NOTED


def _assign(tracked: Tracked, record: StreamEvent, place: Place | None) -> bool:
    """Give the order its place, unless it has one."""
    order = tracked.order
    if place is None or order.location_id is not None:
        return False
    order.location_id, order.merchant_id = place
    if not tracked.is_new or tracked.history:
        tracked.note(record, LOCATION_KNOWN)
    return True


def _confirm(tracked: Tracked, record: StreamEvent, event: Event, sent: ConfirmedOrder) -> bool:
    order = tracked.order
    is_first = tracked.is_new and not tracked.history
    is_changed = False
    # Erased data does not come back with a late confirmation.
    if order.erased_at is None:
        is_changed = confirmation.replace_content(order, sent)
    if event.reference_id:
        order.reference_id = event.reference_id
    before, order.status = order.status, statuses.after(order.status, sent.status or "")
    is_changed |= before != order.status
    if is_first or is_changed:
        what = CONFIRMED if is_first else CONFIRMED_AGAIN
        tracked.note(record, what, status=sent.status)
    return is_first or is_changed


def _change(tracked: Tracked, record: StreamEvent, kind: str, sent: OrderChange) -> bool:
    order = tracked.order
    before = order.status, order.delivery_status
    is_cancelation = kind == "order.canceled"
    status_after = statuses.after_cancelation if is_cancelation else statuses.after
    order.status = status_after(order.status, sent.status or "")
    order.delivery_status = statuses.delivery_after(
        order.delivery_status, sent.delivery_status or ""
    )
    if order.status != before[0]:
        what = CANCELED if is_cancelation else STATUS_CHANGED
        tracked.note(record, what, **_told(sent))
    elif order.delivery_status != before[1]:
        tracked.note(record, DELIVERY_CHANGED, **_told(sent))
    return before != (order.status, order.delivery_status)


def _note_delivery(tracked: Tracked, record: StreamEvent, before: tuple[str, str]) -> None:
    status, delivery_status = tracked.order.status, tracked.order.delivery_status
    if delivery_status != before[1]:
        tracked.deliveries.append((delivery_status, record.received_at))
    if status != before[0] and (status in ENDS or status in _DELIVERIES):
        tracked.deliveries.append((_DELIVERIES.get(status, UNDELIVERED), record.received_at))


def _told(sent: ConfirmedOrder | OrderChange | None) -> dict[str, str]:
    told = {"status": getattr(sent, "status", None)}
    told["delivery_status"] = getattr(sent, "delivery_status", None)
    return {name: value for name, value in told.items() if value}


def row_of(order: FollowedOrder) -> dict[str, Any]:
    """Return the order as a row for bulk statements."""
    values = {str(one.column): getattr(order, one.attname) for one in _COLUMNS}
    return {name: value.hex if isinstance(value, UUID) else value for name, value in values.items()}


_COLUMNS = FollowedOrder._meta.concrete_fields
