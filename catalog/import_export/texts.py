"""Texts of a file: what people cannot have meant is refused, what only misleads is removed."""

from catalog.import_errors.problems import Place, Problems
from integration.api.text import (
    control_in,
    is_blank,
    is_error_word,
    is_program_word,
    without_direction,
)

from .schema import ARRAYS, Catalog

_FIELDS = ("name", "description", "sku", "upc")


def clean(catalog: Catalog, problems: Problems) -> None:
    """Clean all texts of the catalog in place, and note the problems of those that cannot be."""
    for array in ARRAYS:
        for position, row in enumerate(getattr(catalog, array), start=1):
            place = Place(array, position, row.provider_id)
            for field in _FIELDS:
                if text := getattr(row, field, None):
                    setattr(row, field, _cleaned(problems, place, field, text))
            if is_program_word(row.provider_id or ""):
                problems.refuse(
                    place,
                    "provider_id",
                    f"provider_id is {row.provider_id}, which a program wrote for a missing ID:"
                    " enter one.",
                    value=row.provider_id,
                )
            if not row.name:
                problems.refuse(place, "name", "name is missing.")
            if words := getattr(row, "allergens", None):
                cleaned = [_cleaned(problems, place, "allergens", word) for word in words]
                row.allergens = [word for word in cleaned if word]


def _cleaned(problems: Problems, place: Place, field: str, text: str) -> str:
    control = control_in(text)
    if is_error_word(text):
        sentence = f"{field} contains the error {text.strip()}: enter a value."
    elif field == "name" and is_program_word(text):
        sentence = f"name is {text.strip()}, which a program wrote for a missing one: enter it."
    elif "\ufffd" in text:
        sentence = f"{field} contains “\ufffd” for a letter that was lost: enter the text again."
    elif control is not None:
        sentence = (
            f"{field} contains an invisible control character (U+{ord(control):04X}):"
            " enter the text again."
        )
    else:
        return "" if is_blank(text) else without_direction(text)
    problems.refuse(place, field, sentence, value=text)
    return text
