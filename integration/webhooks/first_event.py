"""The first event about something, written in the same pipeline as its subject.

Nothing with its ordering key waits before it, so it needs no look at the outbox.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from integration import wakeups
from integration.db.compiled import CompiledInsert
from integration.models import OutboundEvent

from . import event_types

_COLUMNS = (
    "public_id", "merchant_id", "endpoint", "location_id", "event_type", "ordering_key", "body",
    "state", "attempt_count", "due_at", "expires_at", "is_urgent", "created_at",
)  # fmt: skip
_INSERT = CompiledInsert(OutboundEvent, only=_COLUMNS)


def unsaved(
    body: Mapping[str, Any],
    *,
    merchant_id: int,
    location_id: str,
    event_type: str,
    ordering_key: str,
    now: datetime,
    expires_at: datetime,
    endpoint: str,
) -> OutboundEvent:
    """Return an event that is due at once, for `insert`; see `outbox.emit` for its fields."""
    return OutboundEvent(
        merchant_id=merchant_id,
        endpoint=endpoint,
        location_id=location_id,
        event_type=event_type,
        ordering_key=ordering_key,
        body=orjson.dumps(body).decode(),
        due_at=now,
        expires_at=expires_at,
        created_at=now,
        is_urgent=event_types.get(event_type).is_urgent,
    )


def insert(event: OutboundEvent) -> None:
    """Insert the event in a `statements.pipeline`; call `wake` after it. Its key stays unknown."""
    _INSERT.execute(**{name: getattr(event, name) for name in _COLUMNS})


def wake() -> None:
    """Wake a worker for what was inserted, once the surrounding transaction, if any, commits."""
    wakeups.on_commit("integration.tasks.deliver_due")
