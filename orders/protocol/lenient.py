"""The lenient reading of events that the schema's decoder refuses, and the reasons for refusals.

Whole numbers written as `1200.0` become whole, and the lone surrogates of emoji that channels cut
in half are replaced, so that no order is lost over those. A byte order mark is ignored.
"""

import re
from typing import Any

from integration.api.json_body import DEEPEST, NotJson, read_json
from integration.api.text import storable


class Malformed(Exception):
    """The event cannot be read; the message says which field is wrong, and why."""


def plain_object(body: bytes) -> dict[str, Any]:
    """Decode the body leniently to plain objects. Raises Malformed."""
    try:
        parsed = read_json(body)
    except NotJson as error:
        raise Malformed(str(error)) from error
    if not isinstance(parsed, dict):
        raise Malformed("The body must be a JSON object.")
    cleaned: dict[str, Any] = _clean(parsed, 0)
    return cleaned


def _clean(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        return None  # No order may be nested so deep, so nobody reads it.
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_clean(member, depth + 1) for member in value]
    if isinstance(value, dict):
        return {_clean(key, depth): _clean(member, depth + 1) for key, member in value.items()}
    return value


_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`")
_TYPES = re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`")
_PATH = re.compile(r" - at `\$?(?P<path>[^`]*)`")
_BOUND = re.compile(r"Expected `\w+` (?P<bound>[<>]=) (?P<limit>-?\d+)")
_LENGTH = re.compile(r"Expected `str` of length <= (?P<limit>\d+)")
# The bounds of schema.Instant.
_UNBELIEVABLE = {
    "1577836800000": "is before the year 2020: send milliseconds since 1970, not seconds.",
    "4133980799999": "is after the year 2100: send milliseconds since 1970.",
}
_TYPE_NAMES = {"int": "a whole number", "str": "a text", "array": "a list", "object": "an object"}
_TYPE_NAMES |= {"bool": "true or false", "null": "null", "float": "a fraction"}


def path_of(error: str) -> str:
    """Return the path in msgspec's message, such as `.items[0].price`; empty for the whole."""
    match = _PATH.search(error)
    return match["path"] if match else ""


def explanation(error: str, root: str) -> str:
    """Turn msgspec's message into a sentence that starts with the field's path below `root`."""
    path = (root + path_of(error)).removeprefix(".")
    if missing := _MISSING.search(error):
        return f"{path}.{missing['field']} is missing.".removeprefix(".")
    if length := _LENGTH.search(error):
        return f"{path} is longer than {length['limit']} characters."
    if bound := _BOUND.search(error):
        if bound["limit"] in _UNBELIEVABLE:
            return f"{path} {_UNBELIEVABLE[bound['limit']]}"
        word = "at least" if bound["bound"] == ">=" else "at most"
        return f"{path} must be {word} {bound['limit']}."
    if types := _TYPES.search(error):
        if types["got"] == "null":
            return f"{path} is missing."
        expected = " or ".join(
            _TYPE_NAMES.get(name, name) for name in types["expected"].split(" | ")
        )
        return f"{path} must be {expected}, not {_TYPE_NAMES.get(types['got'], types['got'])}."
    return f"{path} cannot be read."
