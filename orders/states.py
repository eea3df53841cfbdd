"""The life of an order: which states there are, and who may move it where (contract LIFE)."""

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
    """What Stream knows of the decision on an order whose acceptance was put off."""

    NOT_ASKED = "", "Nothing to tell"
    WAITING = "waiting", "On its way to Stream"
    TOLD = "told", "Stream knows"
    UNKNOWN = "unknown", "Unknown at Stream"


class SentToStream(models.TextChoices):
    """Whether Stream was asked to deliver an order that staff entered here (contract WH)."""

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
# Where a decision leads, and from where on the kitchen has done its part.
DECIDED = frozenset({State.IN_PROGRESS, State.REJECTED})
READY = frozenset({State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY})
_PROGRESS = [State.PENDING, State.IN_PROGRESS, State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY]
# What Stream may say of an order (contract ORD-UPD); everything else is only noted.
_STREAM_SAYS = frozenset(State) - {State.PENDING, State.REJECTED}
# What staff may do with an order from each state; whoever decides on a new one is in decisions.
_STAFF_MAY: dict[State, tuple[State, ...]] = {
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
OWN_DELIVERY = "merchant_managed_delivery"  # The restaurant's own driver takes it.
# Up to here the kitchen has not finished: what was taken from stock goes back.
GIVES_STOCK_BACK = frozenset({State.PENDING, State.IN_PROGRESS})


def after_decision(current: str, *, is_accepted: bool) -> State | None:
    """Where staff's or the clock's decision moves the order; None when it waits for none."""
    if State(current) != State.PENDING:
        return None
    return State.IN_PROGRESS if is_accepted else State.REJECTED


def staff_moves(current: str, fulfillment_type: str) -> tuple[State, ...]:
    """Where staff may move the order from here, the next step first; nothing leaves an end."""
    possible = _STAFF_MAY.get(State(current), ())
    if fulfillment_type == OWN_DELIVERY:
        return possible
    return tuple(state for state in possible if state != State.OUT_FOR_DELIVERY)


def after_stream(current: str, said: str) -> State | None:
    """Where Stream's word moves the order; None when it stays: nothing leaves an end or goes back.

    Statuses may be missing, repeated or late.
    """
    state = State(current)
    if said not in _STREAM_SAYS or state in ENDS:
        return None
    new = State(said)
    if new not in ENDS and _PROGRESS.index(new) <= _PROGRESS.index(state):
        return None
    return new
