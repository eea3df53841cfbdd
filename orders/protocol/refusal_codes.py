"""The reasons of a refusal in short, as the archive keeps them and people count them."""

from collections.abc import Iterator
from typing import Any

import orjson

from integration.currency import as_text

from .responses import INVALID_CART, OTHER, STORE_UNAVAILABLE

STOCK, TOTALS, POS_OFFLINE = "stock", "totals", "pos_offline"
MALFORMED = "malformed"
UNSORTED = ""

# Title, and what to do about it.
WORDS = {
    STOCK: ("Sold out or switched off", "Keep availability up to date; Stream is told at once."),
    TOTALS: (
        "Prices below ours",
        "The channel sold at old or wrong prices: look at “As Stream sees it”.",
    ),
    INVALID_CART: (
        "Something in the cart cannot be made",
        "The channel's menu differs from ours: run the menu check, then pull the menu anew.",
    ),
    STORE_UNAVAILABLE: (
        "The restaurant took no orders",
        "Closed, paused, archived, or the channel is off: check the hours and the pause.",
    ),
    POS_OFFLINE: ("The POS was offline", "Look at the status page."),
    OTHER: ("Another reason", "The example says which."),
    MALFORMED: ("It could not be read", "Tell the channel or Stream; the event has what came."),
    UNSORTED: ("Not sorted", "Refused before reasons were kept."),
}
_SECTIONS = {"stockValidation": STOCK, "orderTotalsValidation": TOTALS}


def of_answer(answer: bytes, *, is_malformed: bool) -> str:
    """The reasons in a refusal of ours, by comma; each once, in a fixed order."""
    found = {MALFORMED} if is_malformed else {reason for reason, _ in _said(answer)}
    return ",".join(reason for reason in WORDS if reason in found and reason)


def sentence(reason: str, answer: str, code: str) -> str:
    """What the answer says about that reason, in one sentence; amounts in the currency."""
    said = list(_said(answer.encode()))
    mine = [entry for kind, entry in said if kind == reason] or [entry for _, entry in said]
    return _in_words(mine[0], code) if mine else ""


def _said(answer: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        sections = orjson.loads(answer)["posValidation"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return
    for name, entries in sections.items():
        for entry in entries:
            yield _SECTIONS.get(name) or entry.get("order_error", OTHER), entry


def _in_words(entry: dict[str, Any], code: str) -> str:
    if "order_error_reason" in entry:
        return str(entry["order_error_reason"])
    if "posTotal" in entry:
        ours, theirs = entry["posTotal"], entry["streamTotal"]
        return f"{as_text(ours, code)} at our prices; {as_text(theirs, code)} was sent."
    what, left = f"{entry.get('type')} {entry.get('provider_id')}", entry.get("quantity")
    return f"{what}: {left} left."
