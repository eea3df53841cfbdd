"""What the archive knows of a body: its type, and the digest that repeats share (contract EV).

Stream gives events no id. Bodies with equal JSON are one event, whatever the order of their keys
and the space between them; numbers count as written, so that none is rounded to another.
"""

import hashlib
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from integration.api.json_body import NotJson, read_json, without_mark
from integration.api.text import storable
from orders.protocol.spellings import STREAM_TYPES

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")
# What the decoder refuses: syntax, half characters, numbers that are no Decimal, nesting.
_REFUSED = (msgspec.MsgspecError, ArithmeticError, ValueError, RecursionError)
_TYPE_LENGTH = 100
_NO_OBJECT = "The body must be a JSON object with a text in type."


class Junk(Exception):
    """The body is no event; the message says why."""


class Content(NamedTuple):
    """The type as it can be stored, and the digest of the content (64 hexadecimal digits).

    `is_near_miss`: the type was sent in another spelling.
    """

    event_type: str
    digest: str
    is_near_miss: bool = False


def examine(body: bytes) -> Content:
    """Return what the archive needs to know of a body. Raises Junk."""
    try:
        sent = _decoder.decode(without_mark(body))
        canonical = _encoder.encode(sent)
    except _REFUSED:
        sent, canonical = _leniently(body), without_mark(body)
    event_type = sent.get("type") if isinstance(sent, dict) else None
    if not isinstance(event_type, str):
        raise Junk(_NO_OBJECT)
    meant = STREAM_TYPES.meant(storable(event_type))
    return Content(
        meant[:_TYPE_LENGTH], hashlib.sha256(canonical).hexdigest(), meant != storable(event_type)
    )


def _leniently(body: bytes) -> Any:
    """Decode JSON with half characters, endless numbers or nesting without end."""
    try:
        return read_json(body, deepest=1)
    except NotJson as error:
        raise Junk(str(error)) from error
