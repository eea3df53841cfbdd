"""Read what is readable of a catalog with errors, object by object, and note every error."""

import re
import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from catalog.import_errors.problems import BadCatalog, Place, Problem, Problems

from . import schema as catalog_schema
from .schema import ARRAYS, Catalog, PartialCatalog

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
# What stands for a required field that cannot be read, in an object that is checked further.
_STAND_INS: dict[str, Any] = {"provider_id": None, "name": "", "rate": 0.0, "schedule": {}}
_UNREADABLE: Any = object()


def salvage(raw: Any, problems: Problems, *, merge: bool) -> Catalog:
    """Return the readable part of a decoded file. Raises BadCatalog if it is no catalog at all."""
    if not isinstance(raw, dict):
        raise BadCatalog(
            "The file is not a catalog: it must be a JSON object with the arrays of Get Catalog."
        )
    reader = _Reader(problems)
    arrays = {array: list(reader.objects(raw, array, merge=merge)) for array in ARRAYS}
    return Catalog(tax_rate=reader.tax_rate(raw), **arrays)


class _Reader:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def objects(self, raw: dict[str, Any], array: str, *, merge: bool) -> Iterator[Any]:
        """Yield the array's objects; of one with errors, what is readable of it."""
        if array not in raw:
            if not merge:
                self._no_array(
                    array,
                    f"The file has no {array} array, so it is not a complete catalog; add"
                    f' "{array}": [] if there are none, or merge the file.',
                )
            return
        rows = raw[array]
        if not isinstance(rows, list):
            self._no_array(array, f"{array} {_type_problem(rows, list[Any])}.")
            return
        kind = _kinds()[array]
        for position, row in enumerate(rows, start=1):
            try:
                yield msgspec.convert(row, kind)
            except msgspec.ValidationError as error:
                yield self._object(Place(array, position, _id_of(row)), row, kind, error)

    def _no_array(self, array: str, sentence: str) -> None:
        self._problems.add(Problem(message=sentence, advice=sentence, sheet=array))
        self._problems.mark_incomplete(array)

    def _object(self, place: Place, row: Any, kind: Any, error: msgspec.ValidationError) -> Any:
        if isinstance(row, dict):
            return self._struct(place, row, kind, "")
        self._problems.refuse(place, "", f"it {complaint(str(error))}.", value=row)
        for name in _fields(kind):
            self._problems.mark_unread(place.array, name, place.position)
        return self._struct(place, {}, kind, "")

    def _struct(self, place: Place, raw: dict[str, Any], kind: Any, prefix: str) -> Any:
        values = {}
        for name, (field_type, is_required) in _fields(kind).items():
            if name in raw:
                value = self._value(place, f"{prefix}{name}", raw[name], field_type)
                if value is not _UNREADABLE:
                    values[name] = value
                    continue
            elif is_required:
                path = f"{prefix}{name}"
                self._problems.refuse(place, path, f"{path} is missing.")
                self._problems.mark_unread(place.array, path, place.position)
            if is_required:
                values[name] = _STAND_INS[name]
        if kind is not catalog_schema.Rules and isinstance(raw.get("provider_id"), str):
            values["provider_id"] = raw["provider_id"]  # Links to it are right all the same.
        return kind(**values)

    def _value(self, place: Place, path: str, raw: Any, kind: Any) -> Any:
        """Return the value, of a list its readable elements, or `_UNREADABLE`."""
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            if typing.get_origin(kind) is list and isinstance(raw, list):
                value: Any = list(self._elements(place, path, raw, typing.get_args(kind)[0]))
            elif typing.get_origin(kind) is dict and isinstance(raw, dict):
                value = dict(self._entries(place, path, raw, kind))
            elif kind is catalog_schema.Rules and isinstance(raw, dict):
                return self._struct(place, raw, kind, f"{path}.")
            else:
                value = _UNREADABLE
                self._refuse(place, path, path, raw, error)
        self._problems.mark_unread(place.array, path, place.position)
        return value

    def _elements(self, place: Place, path: str, raw: list[Any], kind: Any) -> Iterator[Any]:
        for index, element in enumerate(raw):
            try:
                yield msgspec.convert(element, kind)
            except msgspec.ValidationError as error:
                self._refuse(place, path, f"{path}[{index}]", element, error)

    def _entries(
        self, place: Place, path: str, raw: dict[str, Any], kind: Any
    ) -> Iterator[tuple[str, Any]]:
        key_type, value_type = typing.get_args(kind)
        for key, value in raw.items():
            try:
                msgspec.convert(key, key_type)
            except msgspec.ValidationError as error:
                self._refuse(place, path, path, key, error)
            read = self._value(place, f"{path}.{key:.40}", value, value_type)
            if read is not _UNREADABLE:
                yield key, read

    def _refuse(
        self, place: Place, field: str, path: str, raw: Any, error: msgspec.ValidationError
    ) -> None:
        sentence = f"{path}{_rest(str(error))} {complaint(str(error))}."
        self._problems.refuse(place, field, sentence, value=raw)

    def tax_rate(self, raw: dict[str, Any]) -> float | None:
        try:
            rate: float | None = msgspec.convert(raw.get("tax_rate"), catalog_schema.Rate | None)
        except msgspec.ValidationError as error:
            if not self._problems.any_unread("tax", "rate"):
                sentence = f"tax_rate {complaint(str(error))}."
                self._problems.add(Problem(message=sentence, advice=sentence, column="tax_rate"))
            return None
        return rate


def complaint(error: str) -> str:
    """Return what is wrong with a value, as the end of a sentence that begins with its name."""
    if missing := re.search(r"Object missing required field `(\w+)`", error):
        return f"lacks {missing[1]}"
    if types_found := _TYPES.search(error):
        expected = _EXPECTED.get(types_found[1].split(" | ")[0], types_found[1])
        return f"must be {expected}, not {_RECEIVED.get(types_found[2], types_found[2])}"
    if length := _LENGTH.search(error):
        unit = "character" if length[2] == "1" else "characters"
        return f"must have {_OPERATORS[length[1]]} {length[2]} {unit}"
    if bound := _BOUND.search(error):
        return f"must be {_OPERATORS[bound[1]]} {bound[2].removesuffix('.0')}"
    for pattern, sentence in _PATTERNS:
        if pattern in error:
            return sentence
    return f"is invalid: {error.split(' - at ')[0]}"


def _rest(error: str) -> str:
    """Return the path inside the value with which msgspec ends its message, or an empty text."""
    path = error.rpartition(" - at `")[2].removeprefix("key in ")
    return path[1:-1] if path.startswith("$") and path.endswith("`") else ""


def _type_problem(raw: Any, kind: Any) -> str:
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        return complaint(str(error))
    return "is invalid"


def _id_of(row: Any) -> object:
    return row.get("provider_id") if isinstance(row, dict) else None


@cache
def _kinds() -> dict[str, type[Any]]:
    """Return the struct of each array's objects."""
    hints = typing.get_type_hints(PartialCatalog)
    return {array: typing.get_args(hints[array])[0] for array in ARRAYS}


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Return the type of each field, without None, and whether the field is required."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        field.name: (_not_none(hints[field.name]), field.required)
        for field in msgspec.structs.fields(kind)
    }


def _not_none(kind: Any) -> Any:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next(one for one in typing.get_args(kind) if one is not type(None))
    return kind
