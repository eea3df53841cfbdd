"""Parser of the bytes of an event, with messages that name the wrong field.

The fast path decodes the bytes straight into the schema's types. On failure, a lenient second pass
accepts whole numbers written as `1200.0`, and replaces the lone surrogates of emoji that channels
cut in half, so that no order is lost over those.
"""

import json
import re
from typing import Any, TypeAlias, TypeVar

import msgspec

from .schema import Cancelation, Envelope, Order, Update

T = TypeVar("T", Order, Update, Cancelation)
Kind: TypeAlias = type[T]

_envelope = msgspec.json.Decoder(Envelope)
_MAXIMUM_DEPTH = 100


class Malformed(Exception):
    """The event cannot be read; the message says which field is wrong, and why."""


class Event(msgspec.Struct):
    """An event with its type known and its object still unread."""

    type: str
    body: bytes
    object: msgspec.Raw | None
    cleaned: Any = None

    def read_object(self, kind: Kind[T]) -> T:
        """Read the event's object. Raises Malformed, which names the field."""
        if self.object is not None:
            try:
                return msgspec.json.decode(self.object, type=kind)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                self.cleaned = _cleaned(self.body)
        try:
            return msgspec.convert(self.cleaned.get("object"), type=kind)
        except msgspec.ValidationError as error:
            raise Malformed(_explain(str(error))) from error


def read_event(body: bytes) -> Event:
    """Read the event's type, without its object. Raises Malformed."""
    if b"\\u0000" not in body:
        try:
            envelope = _envelope.decode(body)
            return Event(envelope.type, body, envelope.object)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            pass
    cleaned = _cleaned(body)
    event_type = cleaned.get("type")
    if not isinstance(event_type, str):
        raise Malformed("type is missing or not a text.")
    return Event(event_type, body, None, cleaned)


def _cleaned(body: bytes) -> dict[str, Any]:
    """Decode the body leniently to plain objects. Raises Malformed."""
    try:
        # Decoded first: json.loads would guess UTF-16 or UTF-32 from NUL bytes.
        parsed = json.loads(body.decode(), parse_constant=_no_constant)
        if not isinstance(parsed, dict):
            raise Malformed("The body must be a JSON object with type and object.")
        cleaned: dict[str, Any] = _clean(parsed, 0)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.") from error
    return cleaned


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _clean(value: Any, depth: int) -> Any:
    if depth > _MAXIMUM_DEPTH:
        raise Malformed(f"The body is nested more than {_MAXIMUM_DEPTH} deep.")
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "")
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
_TYPE_NAMES = {"int": "a whole number", "str": "a text", "array": "a list", "object": "an object"}
_TYPE_NAMES |= {"bool": "true or false", "null": "null", "float": "a fraction"}


def _explain(error: str) -> str:
    """Turn msgspec's message into a sentence that starts with the field's path."""
    path_match = _PATH.search(error)
    path = "object" + (path_match["path"] if path_match else "")
    if missing := _MISSING.search(error):
        return f"{path}.{missing['field']} is missing."
    if length := _LENGTH.search(error):
        return f"{path} is longer than {length['limit']} characters."
    if bound := _BOUND.search(error):
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
