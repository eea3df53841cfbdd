"""Parse a file's bytes into the contract's structs; every refusal is a readable sentence."""

import json
from typing import Any

import msgspec

from catalog.import_errors.problems import BadCatalog, Problems
from integration.api.json_body import without_mark

from .salvage import salvage
from .schema import ARRAYS, Catalog, PartialCatalog

_whole = msgspec.json.Decoder(Catalog)
_partial = msgspec.json.Decoder(PartialCatalog)
_TOO_DEEP = "The file is nested too deeply to be a catalog."
_MOST_DIGITS = 18


def read(content: bytes, problems: Problems, *, merge: bool) -> Catalog:
    """Parse a catalog, and note the problems of its fields. Raises BadCatalog if it is none.

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
        catalog = _decoded(content, problems, merge=merge)
    except msgspec.DecodeError as error:
        raise BadCatalog(f"The file is not valid JSON: {_reason(error)}.") from error
    except RecursionError as error:
        raise BadCatalog(_TOO_DEEP) from error
    if merge and not problems.count and not any(getattr(catalog, array) for array in ARRAYS):
        raise BadCatalog("The file has no objects to merge.")
    return catalog


def _decoded(content: bytes, problems: Problems, *, merge: bool) -> Catalog:
    """Decode strictly, which is fast; or again with `425.0` as 425 and `null` as left out.

    What was noted of its cells also takes the second way, which leaves out what has no value.
    """
    try:
        return (_partial if merge else _whole).decode(content)
    except msgspec.ValidationError:
        return salvage(_plain(_raw(content)), problems, merge=merge)


def _raw(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except msgspec.ValidationError:  # A number that is out of range; its field is told later.
        return json.loads(content, parse_int=_bounded)


def _bounded(digits: str) -> int:
    return int(digits) if len(digits) <= _MOST_DIGITS else int(digits[:_MOST_DIGITS])


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
