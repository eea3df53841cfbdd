"""Phone numbers in forms."""

from django import forms

from catalog.models import Location
from integration.phone_numbers import FORMAT_HINT, InvalidPhoneNumber, normalize

__all__ = ["FORMAT_HINT", "parse_phone_number"]


def parse_phone_number(text: str, location: Location) -> str:
    """Convert a number, or an empty text, for a form. Raises forms.ValidationError."""
    if not text:
        return ""
    try:
        return normalize(text, country=location.country)
    except InvalidPhoneNumber as error:
        raise forms.ValidationError(str(error)) from error
