"""Tells whoever asked for it that an event is over, and how it ended."""

import logging
from collections.abc import Callable, Iterable

from django.db import transaction

from integration.models import OutboundEvent

log = logging.getLogger(__name__)

# The apps above this one say here, by event type, what they do when such an event is over. Called
# in the transaction that writes it; `state` and `ending` of the event are set. An event that was
# sent again is over more than once.
listeners: dict[str, list[Callable[[OutboundEvent], None]]] = {}


def tell(events: Iterable[OutboundEvent]) -> None:
    """To be called by whatever ends events, in its transaction."""
    for event in events:
        for listener in listeners.get(event.event_type, ()):
            try:
                with transaction.atomic():
                    listener(event)
            except Exception:
                # What was sent must be recorded all the same, or it would be sent for ever.
                log.exception("Nobody could be told how %s ended.", event)
