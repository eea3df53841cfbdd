"""Parser of the bytes of an event, with messages that name the wrong field.

The fast path decodes the bytes straight into the schema's types. On failure,
orders.protocol.lenient reads them again.
"""

from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from .lenient import Malformed, explanation, plain_object
from .schema import Cancelation, Envelope, Order, Update

T = TypeVar("T", Order, Update, Cancelation)
Kind: TypeAlias = type[T]

_envelope = msgspec.json.Decoder(Envelope)


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
                self.cleaned = plain_object(self.body)
        try:
            return msgspec.convert(self.cleaned.get("object"), type=kind)
        except msgspec.ValidationError as error:
            raise Malformed(explanation(str(error), "object")) from error


class _NewOrder(msgspec.Struct):
    type: Literal["order.created"]
    object: Order


_new_order = msgspec.json.Decoder(_NewOrder)


def read_new_order(body: bytes) -> Order | None:
    """Read an `order.created` in one go; None if it is another event, or is not as expected."""
    if b"\\u0000" in body:
        return None
    try:
        return _new_order.decode(body).object
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def read_event(body: bytes) -> Event:
    """Read the event's type, without its object. Raises Malformed."""
    if b"\\u0000" not in body:
        try:
            envelope = _envelope.decode(body)
            return Event(envelope.type, body, envelope.object)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            pass
    cleaned = plain_object(body)
    event_type = cleaned.get("type")
    if not isinstance(event_type, str):
        raise Malformed("type is missing or not a text.")
    return Event(event_type, body, None, cleaned)
