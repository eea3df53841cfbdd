"""Keeps every authenticated event exactly as it came, with what became of it."""

from typing import Protocol
from uuid import UUID

import msgspec
from django.utils import timezone

from integration.models import Merchant

from . import reasons
from .models import InboundEvent

Outcome = InboundEvent.Outcome


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
    event = InboundEvent(
        merchant=merchant,
        event_type=_storable(event_type, 100),
        body=b"" if is_erased else body,
        erased_at=timezone.now() if is_erased else None,
        outcome=answer.outcome,
        status_code=answer.status,
        answer=answer.body.decode(),
        order_id=order_id,
    )
    if answer.outcome in (Outcome.REFUSED, Outcome.MALFORMED):
        named = _named_in(body)
        event.location_named = _storable(named.location_id or "", 255)
        event.source = _storable(named.source or "", 100)
        event.reasons = reasons.of_answer(
            answer.body, is_malformed=answer.outcome == Outcome.MALFORMED
        )
    event.save(force_insert=True)


def _named_in(body: bytes) -> _Named:
    try:
        return msgspec.json.decode(body, type=_Event).object
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _Named()


def _storable(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]
