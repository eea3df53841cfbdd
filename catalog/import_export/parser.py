"""Parse a file's bytes into the contract's structs; every refusal is a readable sentence."""

import re
from contextlib import suppress
from typing import Any

import msgspec

from integration.api.json_body import without_mark

from .schema import ARRAYS, Catalog, PartialCatalog, object_name


class BadCatalog(Exception):
    """The file cannot be imported; the message says where the problem is and how to fix it."""


_whole = msgspec.json.Decoder(Catalog)
_partial = msgspec.json.Decoder(PartialCatalog)

_OBJECT = re.compile(r"\.(?P<array>\w+)\[(?P<index>\d+)\]\.?(?P<field>.*)", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_TYPES = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_BOUND = re.compile(r"Expected `\w+` (>=|<=|<) ([\d.]+)")
_LENGTH = re.compile(r"Expected `str` of length (>=|<=) (\d+)")
_EXPECTED = {
    "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false",
    "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip
_RECEIVED = _EXPECTED | {"float": "a decimal number"}
_OPERATORS = {">=": "at least", "<=": "at most", "<": "less than"}
_PATTERNS = [
    (r"x21", "must be 1 to 128 letters, digits or symbols, without spaces"),
    (r"a-z0-9", "must be a channel in lowercase without spaces, like uber"),
    (r"x00", "must not contain NUL characters"),
]


def read(content: bytes, *, merge: bool) -> Catalog:
    """Parse a catalog. Raises BadCatalog.

    All arrays must be present, or with `merge` at least one.
    """
    content = without_mark(content)
    if not content.strip():
        raise BadCatalog("The file is empty.")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BadCatalog("The file is UTF-16: save it as UTF-8.") from error
        raise BadCatalog(f"The file is not UTF-8 (byte {error.start + 1}).") from error
    try:
        catalog = _decoded(content, merge=merge)
        if merge and not any(getattr(catalog, array) for array in ARRAYS):
            raise BadCatalog("The file has no objects to merge.")
    except msgspec.ValidationError as error:
        raise BadCatalog(_readable(str(error), content)) from error
    except msgspec.DecodeError as error:
        raise BadCatalog(f"The file is not valid JSON: {_reason(error)}.") from error
    except RecursionError as error:
        raise BadCatalog("The file is nested too deeply to be a catalog.") from error
    return catalog


def _decoded(content: bytes, *, merge: bool) -> Catalog:
    """Decode strictly, which is fast; or again with `425.0` as 425 and `null` as left out."""
    try:
        return (_partial if merge else _whole).decode(content)
    except msgspec.ValidationError as error:
        try:
            plain = _plain(msgspec.json.decode(content))
        except (msgspec.DecodeError, OverflowError, RecursionError):
            raise error from None  # Such as a number of 400 digits.
        return msgspec.convert(plain, PartialCatalog if merge else Catalog)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items() if member is not None}
    return value


def _reason(error: msgspec.DecodeError) -> str:
    reason = str(error).removeprefix("JSON is malformed: ")
    if reason == "Input data was truncated":
        return r"it ends too early, or a string has half of a surrogate pair like \ud83d\ude00"
    return reason


def _path(error: str) -> str:
    """Return the path after `$` with which msgspec ends its message, or an empty text."""
    _problem, _at, path = error.rpartition(" - at `")
    path = path.removeprefix("key in ")
    return path[1:-1] if path.startswith("$") and path.endswith("`") else ""


def _readable(error: str, content: bytes) -> str:
    path = _path(error)
    match = _OBJECT.match(path)
    if match is None:
        return _file_error(error, path.removeprefix("."))
    place = _locate(content, match["array"], int(match["index"]))
    missing = _MISSING.search(error)
    prefix = f"{match['field']}." if match["field"] else ""
    if missing:
        return f"{place}: {prefix}{missing[1]} is missing."
    if not match["field"]:
        return f"{place}: it {_complaint(error)}."
    return f"{place}: {match['field']} {_complaint(error)}."


def _file_error(error: str, field: str) -> str:
    if missing := _MISSING.search(error):
        return (
            f"The file has no {missing[1]} array, so it is not a complete catalog; add"
            f' "{missing[1]}": [] if there are none, or merge the file.'
        )
    if not field:
        return "The file is not a catalog: it must be a JSON object with the arrays of Get Catalog."
    return f"{field} {_complaint(error)}."


def _complaint(error: str) -> str:
    if types := _TYPES.search(error):
        expected = _EXPECTED.get(types[1].split(" | ")[0], types[1])
        return f"must be {expected}, not {_RECEIVED.get(types[2], types[2])}"
    if length := _LENGTH.search(error):
        unit = "character" if length[2] == "1" else "characters"
        return f"must have {_OPERATORS[length[1]]} {length[2]} {unit}"
    if bound := _BOUND.search(error):
        return f"must be {_OPERATORS[bound[1]]} {bound[2].removesuffix('.0')}"
    for pattern, complaint in _PATTERNS:
        if pattern in error:
            return complaint
    return f"is invalid: {error.split(' - at ')[0]}"


def _locate(content: bytes, array: str, index: int) -> str:
    """Parse the file again, without types, to name the object that was refused."""
    row: Any = None
    with suppress(msgspec.MsgspecError, RecursionError):  # Such as a number of 400 digits.
        row = msgspec.json.decode(content)[array][index]
    return object_name(array, index + 1, row.get("provider_id") if isinstance(row, dict) else None)
