"""Texts of a file: what people cannot have meant is refused, what only misleads is removed."""

from typing import Any

from integration.api.text import control_in, is_blank, is_error_word, without_direction

from .parser import BadCatalog
from .schema import ARRAYS, Catalog, object_name

_FIELDS = ("name", "description", "sku", "upc")


def clean(catalog: Catalog) -> None:
    """Clean all texts of the catalog in place. Raises BadCatalog for the first that cannot be."""
    for array in ARRAYS:
        for position, row in enumerate(getattr(catalog, array), start=1):
            place = object_name(array, position, row.provider_id)
            for field in _FIELDS:
                if text := getattr(row, field, None):
                    setattr(row, field, _cleaned(place, field, text))
            if not row.name:
                raise BadCatalog(f"{place}: name is missing.")
            _clean_allergens(place, row)


def _clean_allergens(place: str, row: Any) -> None:
    if words := getattr(row, "allergens", None):
        cleaned = [_cleaned(place, "allergens", word) for word in words]
        row.allergens = [word for word in cleaned if word]


def _cleaned(place: str, field: str, text: str) -> str:
    if is_error_word(text):
        raise BadCatalog(f"{place}: {field} contains the error {text.strip()}: enter a value.")
    control = control_in(text)
    if control is not None:
        raise BadCatalog(
            f"{place}: {field} contains an invisible control character (U+{ord(control):04X}):"
            " enter the text again."
        )
    return "" if is_blank(text) else without_direction(text)
