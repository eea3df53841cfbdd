"""Helpers that claim events and record their answers."""

from datetime import UTC, datetime

from integration.delivery import leases
from integration.delivery.results import Result, record
from integration.delivery.transport import Answer
from integration.models import OutboundEvent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def state_of(event: OutboundEvent) -> str:
    event.refresh_from_db()
    return event.state


def ending_of(event: OutboundEvent) -> str:
    event.refresh_from_db()
    return event.ending


def claim(limit: int = 10) -> list[OutboundEvent]:
    return leases.claim("stream", limit)


def record_answer(event: OutboundEvent, answer: Answer) -> None:
    """Record the answer of a claimed event."""
    record([Result(event, answer, started_at=NOW, duration_ms=1)])
