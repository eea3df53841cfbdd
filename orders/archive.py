"""Keeps every authenticated event exactly as it came, with what became of it."""

from typing import Protocol
from uuid import UUID

from integration.models import Merchant

from .models import InboundEvent


class Answered(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def outcome(self) -> InboundEvent.Outcome: ...


def keep(
    merchant: Merchant, body: bytes, answer: Answered, event_type: str, order_id: UUID | None = None
) -> None:
    InboundEvent.objects.create(
        merchant=merchant,
        event_type=event_type[:100].replace("\0", ""),
        body=body,
        outcome=answer.outcome,
        status_code=answer.status,
        answer=answer.body.decode(),
        order_id=order_id,
    )
