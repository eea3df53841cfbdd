"""Refusals of carts and orders, with codes that a program can act on (contract DSP-API)."""

from collections.abc import Sequence

from dsp.cart.lines import Problem

FULFILLMENT_TYPE = "fulfillment_type"
PAYMENT_REQUIRED = "payment_required"
AMOUNT_DIFFERS = "amount_differs"
QUOTE_EXPIRED = "quote_expired"
MENU_CHANGED = "menu_changed"
KEY_REUSED = "key_reused"
_MOST_SHOWN = 200


class Malformed(Exception):
    """The body cannot be read; the message says which field is wrong, and why."""


class NotFound(Exception):
    """The caller sees nothing of this name; the message says what."""


class Impossible(Exception):
    """It cannot be done; `problems` has every reason, the first one is the answer's code."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].detail)
        self.problems = tuple(problems[:_MOST_SHOWN])

    @property
    def code(self) -> str:
        return self.problems[0].code


def impossible(code: str, detail: str) -> Impossible:
    """Return the refusal with one reason that is of no single line."""
    return Impossible([Problem(code, None, detail)])
