"""Normalization of phone numbers to E.164, such as `+15125550100`."""

import re

from django.utils.translation import gettext_lazy as _

_MAX_LENGTH = 64
_DECORATION = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")
_WHOLE = re.compile(r"\+[1-9][0-9]{6,14}")
# Countries whose numbers are ten digits behind +1, as an address may name them.
_NORTH_AMERICA = {"us", "usa", "united states", "united states of america", "ca", "can", "canada"}
FORMAT_HINT = _("Write the phone number with its country code, such as +1 512 555 0100.")


class InvalidPhoneNumber(ValueError):
    """The number cannot be dialed; the message says how to write it."""


def normalize(text: str, *, country: str = "") -> str:
    """Convert a number to E.164; in North America, the restaurant's `country` implies +1.

    Raises InvalidPhoneNumber.
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidPhoneNumber(FORMAT_HINT)
    number = _DECORATION.sub("", text.strip())
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if country.strip().casefold() in _NORTH_AMERICA and not number.startswith("+"):
        number = f"+{number}" if len(number) == 11 and number[0] == "1" else f"+1{number}"
        if not re.fullmatch(r"\+1[2-9][0-9]{9}", number):
            raise InvalidPhoneNumber(FORMAT_HINT)
    if not _WHOLE.fullmatch(number):
        raise InvalidPhoneNumber(FORMAT_HINT)
    return number
