"""Keeps every authenticated event exactly as it came, with what became of it."""

from typing import Protocol
from uuid import UUID

import msgspec
from django.db import connection
from django.utils import timezone

from integration.db import statements
from integration.models import Merchant
from orders.models import REFUSALS, InboundEvent, Order
from orders.protocol import refusal_codes

Outcome = InboundEvent.Outcome

# By hand, as every event is archived: Django takes longer to write it than the database to do it.
_STATEMENT = """
INSERT INTO orders_inboundevent
  (merchant_id, received_at, event_type, body, erased_at, outcome, status_code, answer, order_id,
   location_named, source, reasons)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_KEY = Order._meta.pk


class Answered(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def outcome(self) -> InboundEvent.Outcome: ...


class _Named(msgspec.Struct):
    location_id: str | None = None
    source: str | None = None


class _Event(msgspec.Struct):
    object: _Named


def keep(
    merchant: Merchant,
    body: bytes,
    answer: Answered,
    event_type: str,
    order_id: UUID | None = None,
    *,
    is_erased: bool = False,
) -> None:
    """One INSERT. A refusal says beside it of which restaurant, channel and why, to be counted.

    `is_erased`: it is about an order whose personal data was erased, so its body is not kept.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [
        merchant.pk,
        now,
        _storable(event_type, 100),
        b"" if is_erased else body,
        now if is_erased else None,
        answer.outcome,
        answer.status,
        answer.body.decode(),
        None if order_id is None else _KEY.get_db_prep_value(order_id, connection),
        *_to_be_counted(body, answer),
    ]
    statements.change(_STATEMENT, values)


def _to_be_counted(body: bytes, answer: Answered) -> tuple[str, str, str]:
    """Of a refusal the restaurant, the channel and the reasons."""
    is_malformed = answer.outcome == Outcome.MALFORMED
    if answer.outcome not in REFUSALS:
        return "", "", ""
    named = _named_in(body)
    return (
        _storable(named.location_id or "", 255),
        _storable(named.source or "", 100),
        refusal_codes.of_answer(answer.body, is_malformed=is_malformed),
    )


def _named_in(body: bytes) -> _Named:
    try:
        return msgspec.json.decode(body, type=_Event).object
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _Named()


def _storable(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]
