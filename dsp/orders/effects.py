"""The table of DSP-LIFE: what a report of Stream does to an order in each state."""

from enum import Enum, auto

from dsp.models import ChannelOrder

from .reports import Kind

State = ChannelOrder.State


class Effect(Enum):
    """The effect of an event."""

    ACCEPT = auto()
    ACCEPT_AGAIN = auto()  # The newer estimate is taken before ready; the state stays.
    READY = auto()
    OUT_FOR_DELIVERY = auto()
    COMPLETE = auto()
    FAIL = auto()
    CANCEL = auto()
    NOTE = auto()  # Kept in the history only: it goes backwards or says nothing new.
    STAFF_DECIDE = auto()  # The order is done: staff decide on a refund.
    MADE = auto()  # The kitchen makes an order that has ended.
    FOREIGN = auto()  # It cannot be ours: Stream was not sent the order.


_SENT = (State.SENT, State.UNCONFIRMED)
_OPEN = (*_SENT, State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY)
_UNDONE = (State.FAILED, State.CANCELED, State.GIVEN_UP, State.GUEST_CANCELED)
FOREIGN_STATES = (State.AWAITING_PAYMENT, State.PLACED, State.HELD, State.EXPIRED)
_MAKING = (Kind.ACCEPT, Kind.IN_PROGRESS, Kind.READY, Kind.OUT_FOR_DELIVERY, Kind.COMPLETED)

# What is not listed is noted. A placed order with a first try begun counts as sent.
_EFFECTS: dict[tuple[Kind, State], Effect] = {
    **{(kind, state): Effect.FOREIGN for kind in Kind for state in FOREIGN_STATES},
    **{(kind, state): Effect.MADE for kind in _MAKING for state in _UNDONE},
    **{(Kind.ACCEPT, state): Effect.ACCEPT for state in _SENT},
    **{
        (Kind.ACCEPT, state): Effect.ACCEPT_AGAIN
        for state in (State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY, State.COMPLETED)
    },
    **{(Kind.IN_PROGRESS, state): Effect.ACCEPT for state in _SENT},
    **{(Kind.READY, state): Effect.READY for state in (*_SENT, State.ACCEPTED)},
    **{
        (Kind.OUT_FOR_DELIVERY, state): Effect.OUT_FOR_DELIVERY
        for state in (*_SENT, State.ACCEPTED, State.READY)
    },
    **{(Kind.COMPLETED, state): Effect.COMPLETE for state in _OPEN},
    **{(Kind.FAIL, state): Effect.FAIL for state in _OPEN},
    **{(Kind.CANCEL, state): Effect.CANCEL for state in _OPEN},
    (Kind.FAIL, State.COMPLETED): Effect.STAFF_DECIDE,
    (Kind.CANCEL, State.COMPLETED): Effect.STAFF_DECIDE,
}


def effect_of(kind: Kind, state: str) -> Effect:
    return _EFFECTS.get((kind, State(state)), Effect.NOTE)
