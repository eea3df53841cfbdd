"""Refunds in words."""

from dsp.models import Refund

from .failures import title_of_failure

Kind, State = Refund.Kind, Refund.State
_REASONS = {
    "partial": "A part, decided by staff",
    "guest_canceled": "Canceled for the guest",
    "canceled": "Canceled by the restaurant",
    "given_up": "The restaurant never answered",
    "paid_too_late": "The payment came after the order had ended",
}
_TITLES = {
    (Kind.REFUND, State.DUE): "Refund owed",
    (Kind.REFUND, State.DONE): "Refund done",
    (Kind.VOID, State.DUE): "Authorization to release",
    (Kind.VOID, State.DONE): "Authorization released",
}


def in_words(reason: str) -> str:
    return _REASONS.get(reason) or title_of_failure(reason)


def title_of(refund: Refund) -> str:
    """Return what is owed, and whether it is done."""
    return _TITLES[Kind(refund.kind), State(refund.state)]
