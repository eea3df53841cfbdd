"""The log of authenticated events, exactly as received, with their outcomes."""

from typing import Protocol
from uuid import UUID

import msgspec
from django.utils import timezone

from integration.api.json_body import without_mark
from integration.db.compiled import CompiledInsert
from integration.models import Merchant
from orders.models import REFUSALS, InboundEvent
from orders.protocol import refusal_codes

Outcome = InboundEvent.Outcome

_INSERT = CompiledInsert(InboundEvent)


class Answered(Protocol):
    """A response and its outcome, as the log needs them."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def outcome(self) -> InboundEvent.Outcome: ...


class _NamedPlace(msgspec.Struct):
    location_id: str | None = None
    source: str | None = None


class _Event(msgspec.Struct):
    object: _NamedPlace


def record(
    merchant: Merchant,
    body: bytes,
    answer: Answered,
    event_type: str,
    order_id: UUID | None = None,
    *,
    is_erased: bool = False,
) -> None:
    """Log the event with one INSERT. A refusal's location, channel and codes are kept for reports.

    `is_erased`: the order's personal data was erased, so the body is not kept.
    """
    now = timezone.now()
    location_id, source, reasons = _refusal_columns(body, answer)
    _INSERT.execute(
        merchant_id=merchant.pk,
        received_at=now,
        event_type=_storable(event_type, 100),
        body=b"" if is_erased else body,
        erased_at=now if is_erased else None,
        outcome=answer.outcome,
        status_code=answer.status,
        answer=answer.body.decode(),
        order_id=order_id,
        location_named=location_id,
        source=source,
        reasons=reasons,
    )


def _refusal_columns(body: bytes, answer: Answered) -> tuple[str, str, str]:
    """Return a refusal's location ID, channel and reason codes; empty for other outcomes."""
    if answer.outcome not in REFUSALS:
        return "", "", ""
    is_malformed = answer.outcome == Outcome.MALFORMED
    place = _place_named_in(body)
    return (
        _storable(place.location_id or "", 255),
        _storable(place.source or "", 100),
        refusal_codes.codes_of_response(answer.body, is_malformed=is_malformed),
    )


def _place_named_in(body: bytes) -> _NamedPlace:
    try:
        return msgspec.json.decode(without_mark(body), type=_Event).object
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _NamedPlace()


def _storable(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]
