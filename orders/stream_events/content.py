"""What the archive knows of a body: its type, and the digest that repeats share (contract EV).

Stream gives events no id. Bodies with equal JSON are one event, whatever the order of their keys
and the space between them; numbers count as written, so that none is rounded to another.
"""

import hashlib
import json
import re
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from integration.api.text import storable

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")
# What the decoder refuses: syntax, half characters, numbers that are no Decimal, nesting.
_REFUSED = (msgspec.MsgspecError, ArithmeticError, ValueError, RecursionError)
_TYPE_LENGTH = 100
_NO_OBJECT = "The body must be a JSON object with a text in type."


class Junk(Exception):
    """The body is no event; the message says why."""


class Content(NamedTuple):
    """The type as it can be stored, and the digest of the content (64 hexadecimal digits)."""

    event_type: str
    digest: str


def examine(body: bytes) -> Content:
    """Return what the archive needs to know of a body. Raises Junk."""
    try:
        sent = _decoder.decode(body)
        canonical = _encoder.encode(sent)
    except _REFUSED:
        sent, canonical = _leniently(body), body
    event_type = sent.get("type") if isinstance(sent, dict) else None
    if not isinstance(event_type, str):
        raise Junk(_NO_OBJECT)
    return Content(storable(event_type)[:_TYPE_LENGTH], hashlib.sha256(canonical).hexdigest())


def _leniently(body: bytes) -> Any:
    """Decode JSON with half characters, endless numbers or nesting without end."""
    try:
        text = body.decode("utf-8-sig")
        try:
            return _loads(text)
        except RecursionError:
            return _loads(shallow(text, 1))
    except UnicodeDecodeError as error:
        raise Junk("The body is not UTF-8.") from error
    except ValueError as error:
        raise Junk("The body is not valid JSON.") from error


def _loads(text: str) -> Any:
    # Python refuses to make an int of thousands of digits.
    return json.loads(text, parse_int=float, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(name)


# A text without an end goes to the end of the body, so that the time is linear.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def shallow(text: str, deepest: int) -> str:
    """Replace the lists and objects that are nested more than `deepest` deep by null.

    What is nested deeper than a parser goes is kept in the archive. Raises ValueError if the
    brackets do not match.
    """
    parts, depth, start = [], 0, 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == deepest + 1:
                parts.append(text[start : token.start()] + "null")
        elif token[0] in "]}":
            depth -= 1
            if depth == deepest:
                start = token.end()
    if depth:
        raise ValueError("The brackets do not match.")
    return "".join(parts) + text[start:]
