"""The archive of events: every authentic one, once, exactly as received (contract EV)."""

from django.utils import timezone

from integration.db.compiled import CompiledInsert
from orders.models import StreamEvent

from .content import Content

_INSERT = CompiledInsert(
    StreamEvent,
    only=("content", "received_at", "event_type", "body", "outcome"),
    once_per="content",
)


def store(body: bytes, content: Content) -> None:
    """Store the event with one INSERT, which is committed on return; a repeat changes nothing."""
    _INSERT.execute(
        content=content.digest,
        received_at=timezone.now(),
        event_type=content.event_type,
        body=body,
        outcome=StreamEvent.Outcome.RECEIVED,
    )
