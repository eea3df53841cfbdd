"""Order states and the allowed transitions (contract LIFE)."""

from django.db import models


class State(models.TextChoices):
    PENDING = "pending", "Waiting for a decision"
    IN_PROGRESS = "in_progress", "In progress"
    READY_FOR_PICKUP = "ready_for_pickup", "Ready for pickup"
    OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"
    MERCHANT_CANCELED = "merchant_canceled", "Canceled by the restaurant"
    DSP_CANCELED = "dsp_canceled", "Canceled by the channel"


class StreamKnows(models.TextChoices):
    """Stream's knowledge of the decision on an order with deferred acceptance."""

    NOT_ASKED = "", "Nothing to report"
    WAITING = "waiting", "On its way to Stream"
    TOLD = "told", "Stream knows"
    UNKNOWN = "unknown", "Unknown at Stream"


class SentToStream(models.TextChoices):
    """Progress of asking Stream to deliver an in-store order (contract WH)."""

    NO = "", "Not sent to Stream"
    WAITING = "waiting", "On its way to Stream"
    HAS_IT = "has_it", "Stream has it"
    FAILED = "failed", "Could not be sent"


ENDS = frozenset(
    {
        State.COMPLETED,
        State.FAILED,
        State.REJECTED,
        State.MERCHANT_CANCELED,
        State.DSP_CANCELED,
    }
)
# The states after a decision, and the states in which the kitchen has finished.
DECIDED = frozenset({State.IN_PROGRESS, State.REJECTED})
READY = frozenset({State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY})
_PROGRESS = [State.PENDING, State.IN_PROGRESS, State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY]
# Statuses that Stream may set (contract ORD-UPD); others are only recorded.
_SET_BY_STREAM = frozenset(State) - {State.PENDING, State.REJECTED}
# Transitions by staff from each state; lifecycle.acceptance decides on pending orders.
_STAFF_TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.PENDING: (State.MERCHANT_CANCELED,),
    State.IN_PROGRESS: (
        State.READY_FOR_PICKUP,
        State.OUT_FOR_DELIVERY,
        State.MERCHANT_CANCELED,
    ),
    State.READY_FOR_PICKUP: (
        State.OUT_FOR_DELIVERY,
        State.COMPLETED,
        State.MERCHANT_CANCELED,
    ),
    State.OUT_FOR_DELIVERY: (State.COMPLETED, State.MERCHANT_CANCELED),
}
OWN_DELIVERY = "merchant_managed_delivery"  # The restaurant's own driver delivers it.
# The kitchen has not finished: on cancelation, stock is returned.
GIVES_STOCK_BACK = frozenset({State.PENDING, State.IN_PROGRESS})


def after_decision(current: str, *, is_accepted: bool) -> State | None:
    """Return the state after a decision; None when the order is not pending."""
    if State(current) != State.PENDING:
        return None
    return State.IN_PROGRESS if is_accepted else State.REJECTED


def staff_moves(current: str, fulfillment_type: str) -> tuple[State, ...]:
    """Return the states staff may move the order to, next step first; none after the end."""
    possible = _STAFF_TRANSITIONS.get(State(current), ())
    if fulfillment_type == OWN_DELIVERY:
        return possible
    return tuple(state for state in possible if state != State.OUT_FOR_DELIVERY)


def after_stream(current: str, status: str) -> State | None:
    """Return the state after a status from Stream; None when the order stays as it is.

    An order never leaves an end state or moves back: statuses may be missing, repeated or late.
    """
    state = State(current)
    if status not in _SET_BY_STREAM or state in ENDS:
        return None
    new = State(status)
    if new not in ENDS and _PROGRESS.index(new) <= _PROGRESS.index(state):
        return None
    return new
