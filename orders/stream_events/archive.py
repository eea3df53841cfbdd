"""The archive of events: every authentic one, once, exactly as received (contract EV)."""

from collections.abc import Collection

from django.utils import timezone

from integration.db import statements
from integration.db.compiled import CompiledInsert
from orders.models import StreamEvent

from .content import Content

_INSERT = CompiledInsert(
    StreamEvent,
    only=("content", "received_at", "event_type", "body", "outcome"),
    once_per="content",
)


def store(events: Collection[tuple[bytes, Content]]) -> None:
    """Store events in one transaction, which is committed on return; repeats change nothing."""
    # In the order of their digests, so that two transactions never wait for each other.
    ordered = sorted(events, key=lambda event: event[1].digest)
    if len(ordered) == 1:
        _insert(*ordered[0])
        return
    with statements.pipeline():
        for body, content in ordered:
            _insert(body, content)


def _insert(body: bytes, content: Content) -> None:
    _INSERT.execute(
        content=content.digest,
        received_at=timezone.now(),
        event_type=content.event_type,
        body=body,
        outcome=StreamEvent.Outcome.RECEIVED,
    )
