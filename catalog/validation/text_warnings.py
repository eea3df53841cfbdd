"""Warnings about texts that came from a broken file or cannot be read, and about odd rates."""

from collections.abc import Iterator
from typing import Any

from integration.api.text import (
    control_in,
    is_blank,
    is_error_word,
    is_program_word,
    without_direction,
)

from .context import Fault, MenuContext, Rule

_FIELDS = ("name", "description", "sku", "upc")
# A rate below is probably a fraction instead of percent, one above a price.
LOWEST_RATE, HIGHEST_RATE = 1, 50


def _texts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield an object's texts with the words for them."""
    for field in _FIELDS:
        if text := row.get(field):
            yield f"Its {field}", text
    words = row.get("allergens")
    if isinstance(words, list):
        yield from (("Its allergen", word) for word in words if isinstance(word, str))


def error_word(context: MenuContext) -> Iterator[Fault]:
    for kind, rows in context.menu.rows.items():
        for key, row in rows.items():
            for label, text in _texts(row):
                if is_error_word(text):
                    yield Fault(
                        kind, key, f"{label} is {text.strip()}, an error of a spreadsheet program."
                        " Enter the text again.",
                    )  # fmt: skip
            if is_program_word(row["name"]):
                yield Fault(
                    kind, key, f"Its name is {row['name'].strip()}, which a program wrote for a"
                    " missing one. Enter the name.",
                )  # fmt: skip


def odd_characters(context: MenuContext) -> Iterator[Fault]:
    for kind, rows in context.menu.rows.items():
        for key, row in rows.items():
            for label, text in _texts(row):
                if is_garbled(text):
                    yield Fault(
                        kind, key, f"{label} has invisible or lost characters that garble it on"
                        " some screens and printers. Enter it again.",
                    )  # fmt: skip


def is_garbled(text: str) -> bool:
    """Return whether a text has control characters, turns its direction, or lost a letter."""
    return control_in(text) is not None or without_direction(text) != text or "\ufffd" in text


def blank_allergen(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["item_family"].items():
        words = row["allergens"]
        if isinstance(words, list) and any(isinstance(w, str) and is_blank(w) for w in words):
            yield Fault(
                "item_family", key, "One of its allergens is empty. Enter the allergens again."
            )


def unusual_rate(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["tax"].items():
        rate = row["rate"]
        if 0 < rate < LOWEST_RATE or rate > HIGHEST_RATE:
            yield Fault(
                "tax",
                key,
                f"Its rate is {rate.normalize():f} percent. Enter percent, such as 8.25, unless it"
                " is right.",
            )


RULES = (
    Rule(
        "error-word",
        error_word,
        "A text is an error of a spreadsheet program, such as `#NAME?`, or a name is `undefined`.",
        "Enter the text again.",
    ),
    Rule(
        "odd-characters",
        odd_characters,
        "A text has control characters, turns its direction, or lost a letter (`�`).",
        "Enter it again.",
    ),
    Rule(
        "blank-allergen",
        blank_allergen,
        "One of the allergens is empty.",
        "Enter the allergens again.",
    ),
    Rule(
        "tax-unusual",
        unusual_rate,
        f"The rate is above 0 and below {LOWEST_RATE}, or above {HIGHEST_RATE} percent.",
        "Enter percent, such as 8.25, unless it is right.",
    ),
)
