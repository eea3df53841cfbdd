"""Short codes for the reasons of a refusal, as the event log stores and reports count them."""

from collections.abc import Iterator
from typing import Any

import orjson

from integration.currency import as_text

from .responses import INVALID_CART, OTHER, STORE_UNAVAILABLE

STOCK, TOTALS, POS_OFFLINE = "stock", "totals", "pos_offline"
MALFORMED = "malformed"
UNSORTED = ""

# Title and remedy.
DESCRIPTIONS = {
    STOCK: (
        "Sold out or switched off",
        "Keep availability up to date; Stream is notified at once.",
    ),
    TOTALS: (
        "Prices below ours",
        "The channel sold at old or wrong prices: see “As Stream sees it”.",
    ),
    INVALID_CART: (
        "Something in the cart cannot be made",
        "The channel's menu differs from ours: run the menu check, then pull the menu again.",
    ),
    STORE_UNAVAILABLE: (
        "The restaurant took no orders",
        "Closed, paused, archived, or the channel is off: check the hours and the pause.",
    ),
    POS_OFFLINE: ("The POS was offline", "See the status page."),
    OTHER: ("Another reason", "See the example."),
    MALFORMED: (
        "It could not be read",
        "Contact the channel or Stream; the event has the body as received.",
    ),
    UNSORTED: ("Not classified", "Refused before reasons were recorded."),
}
_SECTIONS = {"stockValidation": STOCK, "orderTotalsValidation": TOTALS}


def codes_of_response(answer: bytes, *, is_malformed: bool) -> str:
    """Return the codes of our refusal, comma-separated, each once, in a fixed order."""
    codes = {MALFORMED} if is_malformed else {reason for reason, _ in _entries(answer)}
    return ",".join(code for code in DESCRIPTIONS if code in codes and code)


def describe(reason: str, answer: str, code: str) -> str:
    """Return the refusal's sentence about that reason; amounts are in the currency `code`."""
    entries = list(_entries(answer.encode()))
    matching = [entry for kind, entry in entries if kind == reason]
    matching = matching or [entry for _, entry in entries]
    return _sentence(matching[0], code) if matching else ""


def _entries(answer: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        sections = orjson.loads(answer)["posValidation"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return
    for name, entries in sections.items():
        for entry in entries:
            yield _SECTIONS.get(name) or entry.get("order_error", OTHER), entry


def _sentence(entry: dict[str, Any], code: str) -> str:
    if "order_error_reason" in entry:
        return str(entry["order_error_reason"])
    if "posTotal" in entry:
        ours, theirs = entry["posTotal"], entry["streamTotal"]
        return f"{as_text(ours, code)} at our prices; {as_text(theirs, code)} was sent."
    what, left = f"{entry.get('type')} {entry.get('provider_id')}", entry.get("quantity")
    return f"{what}: {left} left."
