"""Reasons of refunds in words."""

from .failures import title_of_failure

_REASONS = {
    "partial": "A part, decided by staff",
    "guest_canceled": "Canceled for the guest",
    "canceled": "Canceled by the restaurant",
    "given_up": "The restaurant never answered",
}


def in_words(reason: str) -> str:
    return _REASONS.get(reason) or title_of_failure(reason)
