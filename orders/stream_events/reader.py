"""Reader of archived Stream Events: fast, and leniently where that fails."""

import re
from typing import Any, TypeAlias, TypeVar

import msgspec

from integration.api.json_body import DEEPEST, shallow, without_mark
from integration.api.text import filled, is_blank
from orders.protocol.lenient import Malformed, explanation, path_of, plain_object
from orders.protocol.spellings import STREAM_TYPES

from .schema import CHANGES, CONFIRMED, ConfirmedOrder, Envelope, OrderChange

T = TypeVar("T")
SentOrder: TypeAlias = ConfirmedOrder | OrderChange

_envelope = msgspec.json.Decoder(Envelope)
_KINDS: dict[str, type[SentOrder]] = {CONFIRMED: ConfirmedOrder}
_KINDS |= dict.fromkeys(CHANGES, OrderChange)
_REQUIRED = ("", ".id")
_MOST_LEFT_OUT = 20
_CUT_OFF = f"What is nested more than {DEEPEST} deep was left out."


class Unreadable(Exception):
    """The event cannot be read; the message says which field is wrong, and why."""


class Event(msgspec.Struct):
    """An event; `order` is None if its type is unknown. Known types have both IDs of Stream."""

    type: str
    location_id: str  # Stream's.
    reference_id: str  # Ours; empty if Stream did not name it.
    order: SentOrder | None
    left_out: list[str] = []  # Sentences about fields that could not be read.


def read(body: bytes) -> Event:
    """Read an event that was archived. Raises Unreadable.

    A field that cannot be read costs only itself, unless it is a required one.
    """
    try:
        return _read_fast(body) or _read_leniently(body)
    except Malformed as error:
        raise Unreadable(str(error)) from error


def _read_fast(body: bytes) -> Event | None:
    if b"\\u0000" in body:  # Databases hold no NUL, which the lenient reading takes out.
        return None
    try:
        envelope = _envelope.decode(body)
        left_out = _name_meant(envelope)
        kind = _KINDS.get(envelope.type)
        order = None if kind is None else msgspec.json.decode(envelope.order, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return _event(envelope, order, left_out)


def _read_leniently(body: bytes) -> Event:
    body = without_mark(body)
    whole = _shallow(body)
    left_out = [] if whole == body else [_CUT_OFF]
    plain = plain_object(whole)
    sent = plain.pop("order", None)
    try:
        envelope = msgspec.convert(plain, type=Envelope)
    except msgspec.ValidationError as error:
        raise Malformed(explanation(str(error), "")) from error
    left_out += _name_meant(envelope)
    kind = _KINDS.get(envelope.type)
    order = None if kind is None else _order(sent, kind, left_out)
    return _event(envelope, order, left_out)


def _name_meant(envelope: Envelope) -> list[str]:
    """Replace the type's spelling by the known one; return what to note about that."""
    sent, envelope.type = envelope.type, STREAM_TYPES.meant(envelope.type)
    if sent == envelope.type:
        return []
    return [f"The type was sent as “{sent}” and taken as {envelope.type}."]


def _shallow(body: bytes) -> bytes:
    """Return the body without what is nested too deep to be read, if it is JSON."""
    try:
        return shallow(body.decode(), DEEPEST).encode()
    except ValueError:
        return body


def _order(sent: Any, kind: type[T], left_out: list[str]) -> T:
    """Read the order without the fields that cannot be read; add those to `left_out`."""
    while True:
        try:
            return msgspec.convert(sent, type=kind)
        except msgspec.ValidationError as error:
            path, reason = path_of(str(error)), explanation(str(error), "order")
            if path in _REQUIRED or len(left_out) >= _MOST_LEFT_OUT:
                raise Malformed(reason) from error
            left_out.append(reason)
            _delete(sent, path)


def _delete(value: Any, path: str) -> None:
    *outer, last = (int(step) if step.isdigit() else step for step in re.findall(r"\w+", path))
    for step in outer:
        value = value[step]
    del value[last]


def _event(envelope: Envelope, order: SentOrder | None, left_out: list[str]) -> Event:
    location_id, reference_id = envelope.location_id or "", envelope.reference_id or ""
    if order is not None:
        if is_blank(location_id):
            raise Malformed("location_id is missing.")
        if is_blank(order.id):
            raise Malformed("order.id is missing.")
    reference_id = (filled(reference_id) or "").strip()
    return Event(envelope.type, location_id, reference_id, order, left_out)
