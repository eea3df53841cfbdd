"""From a file's bytes to the contract's structs; every refusal is one sentence for people."""

import re
from typing import Any

import msgspec

from .schema import ARRAYS, Catalog, PartialCatalog, named


class BadCatalog(Exception):
    """The file is no catalog that can be imported; the message says where and what to do."""


_whole = msgspec.json.Decoder(Catalog)
_partial = msgspec.json.Decoder(PartialCatalog)

_AT = re.compile(r" - at `(key in )?\$(?P<path>.*)`\Z", re.DOTALL)
_OBJECT = re.compile(r"\.(?P<array>\w+)\[(?P<index>\d+)\]\.?(?P<field>.*)", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_TYPES = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_BOUND = re.compile(r"Expected `\w+` (>=|<=|<) ([\d.]+)")
_LENGTH = re.compile(r"Expected `str` of length (>=|<=) (\d+)")
_SAID = {
    "int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false",
    "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip
_SIGNS = {">=": "at least", "<=": "at most", "<": "less than"}
_PATTERNS = [
    (r"x21", "must be 1 to 128 letters, digits and signs, without blanks"),
    (r"a-z0-9", "must be a channel in lower case, without blanks, like uber"),
    (r"x00", "must not contain the character NUL"),
]


def read(content: bytes, *, merge: bool) -> Catalog:
    """The catalog in these bytes. Raises BadCatalog.

    Without `merge` all arrays must be there; with it, at least one.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise BadCatalog("The file is empty.")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise BadCatalog(f"The file is not UTF-8: see byte {error.start + 1}.") from error
    try:
        catalog = (_partial if merge else _whole).decode(content)
        if merge and not any(getattr(catalog, array) for array in ARRAYS):
            raise BadCatalog("The file has no object to merge.")
    except msgspec.ValidationError as error:
        raise BadCatalog(_in_words(str(error), content)) from error
    except msgspec.DecodeError as error:
        raise BadCatalog(f"The file is not valid JSON: {_reason(error)}.") from error
    except RecursionError as error:
        raise BadCatalog("The file is nested too deeply to be a catalog.") from error
    return catalog


def _reason(error: msgspec.DecodeError) -> str:
    reason = str(error).removeprefix("JSON is malformed: ")
    if reason == "Input data was truncated":
        return r"it ends too early, or a text has half of a pair like \ud83d\ude00"
    return reason


def _in_words(error: str, content: bytes) -> str:
    at = _AT.search(error)
    path = at["path"] if at else ""
    found = _OBJECT.match(path)
    if found is None:
        return _of_the_file(error, path.removeprefix("."))
    place = _named(content, found["array"], int(found["index"]))
    missing = _MISSING.search(error)
    prefix = f"{found['field']}." if found["field"] else ""
    if missing:
        return f"{place}: {prefix}{missing[1]} is missing."
    if not found["field"]:
        return f"{place}: it {_complaint(error)}."
    return f"{place}: {found['field']} {_complaint(error)}."


def _of_the_file(error: str, field: str) -> str:
    if missing := _MISSING.search(error):
        return (
            f"The file has no {missing[1]} array, so it is no whole catalog; write"
            f' "{missing[1]}": [] when there is none, or merge it.'
        )
    if not field:
        return "The file is no catalog: it must be a JSON object with the arrays of Get Catalog."
    return f"{field} {_complaint(error)}."


def _complaint(error: str) -> str:
    if types := _TYPES.search(error):
        wanted = _SAID.get(types[1].split(" | ")[0], types[1])
        return f"must be {wanted}, not {_SAID.get(types[2], types[2])}"
    if length := _LENGTH.search(error):
        return f"must have {_SIGNS[length[1]]} {length[2]} characters"
    if bound := _BOUND.search(error):
        return f"must be {_SIGNS[bound[1]]} {bound[2].removesuffix('.0')}"
    for pattern, words in _PATTERNS:
        if pattern in error:
            return words
    return f"is wrong: {error.split(' - at ')[0]}"


def _named(content: bytes, array: str, index: int) -> str:
    """Reads the file once more, without types, for the id of the object that was refused."""
    row: Any = msgspec.json.decode(content)[array][index]
    return named(array, index + 1, row.get("provider_id") if isinstance(row, dict) else None)
