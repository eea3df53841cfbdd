"""Steps in an order's life: its state and the row of its history, written together."""

from datetime import datetime
from typing import Any

from dsp.models import ChannelOrder, ChannelOrderEvent
from integration.db.compiled import CompiledInsert

State = ChannelOrder.State

STREAM, CLOCK, GUEST = "stream", "clock", "guest"  # Actors; others are a person's e-mail.
ENDS = frozenset(
    {
        State.COMPLETED,
        State.FAILED,
        State.CANCELED,
        State.GUEST_CANCELED,
        State.GIVEN_UP,
        State.EXPIRED,
    }
)
# Stream may not have the order, or only without knowing what it did with it.
BEFORE_HANDOVER = frozenset({State.AWAITING_PAYMENT, State.PLACED, State.HELD})


# What was ordered, and by whom, stays; only retention changes it.
_CHANGING = (
    *("state", "state_since", "sent_at", "accepted_at", "ended_at", "ready_at", "accept_count"),
    *("failure_reason", "failure_message", "money", "outbound_event_id"),
)
_STEP = ("order_id", "at", "state", "actor", "detail", "staff_detail", "digest")
_HISTORY = CompiledInsert(ChannelOrderEvent)


def lock(order_id: int) -> ChannelOrder:
    """Lock the order until the transaction ends. Raises ChannelOrder.DoesNotExist."""
    return ChannelOrder.objects.select_for_update().get(pk=order_id)


def move(
    order: ChannelOrder, state: ChannelOrder.State, actor: str, now: datetime, **texts: Any
) -> None:
    """Move the locked order to the state, save what its life changes, and note the step.

    `texts` are those of `note`.
    """
    order.state, order.state_since = state, now
    if state in ENDS:
        order.ended_at = now
    order.save(update_fields=_CHANGING)
    note(order, actor, now, **texts)


def note(
    order: ChannelOrder,
    actor: str,
    now: datetime,
    *,
    detail: str = "",
    staff_detail: str = "",
    digest: str = "",
) -> None:
    """Add a row to the history. `detail` is for guests, `digest` recognizes Stream's event."""
    row = step(order, actor, now, detail=detail, staff_detail=staff_detail, digest=digest)
    _HISTORY.execute(**{name: getattr(row, name) for name in _STEP})


def step(
    order: ChannelOrder, actor: str, now: datetime, *, detail: str, staff_detail: str, digest: str
) -> ChannelOrderEvent:
    """Return an unsaved row of the history, cut to what its columns hold."""
    return ChannelOrderEvent(
        order=order,
        at=now,
        state=order.state,
        actor=actor[:254],
        detail=detail[:500],
        staff_detail=staff_detail[:1000],
        digest=digest,
    )
