"""The archive of events: every authentic one, once, exactly as received (contract EV)."""

from django.utils import timezone

from integration.db.compiled import CompiledInsert
from orders.models import StreamEvent

from .content import Content

_INSERT = CompiledInsert(StreamEvent, once_per="content")


def store(body: bytes, content: Content) -> None:
    """Store the event with one INSERT, which is committed on return; a repeat changes nothing."""
    _INSERT.execute(
        content=content.digest,
        received_at=timezone.now(),
        event_type=content.event_type,
        body=body,
        outcome=StreamEvent.Outcome.RECEIVED,
        reason="",
        stream_location_id="",
        stream_order_id="",
        followed_id=None,
        erased_at=None,
    )
