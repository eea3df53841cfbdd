"""Notification of the apps whose events have ended."""

import logging
from collections.abc import Iterable

from django.db import transaction

from integration.models import OutboundEvent

from . import event_types

log = logging.getLogger(__name__)


def notify_ended(events: Iterable[OutboundEvent]) -> None:
    """Call the `on_ended` of each event's type; in the transaction that ends the events."""
    for event in events:
        for on_ended in event_types.get(event.event_type).on_ended:
            try:
                with transaction.atomic():
                    on_ended(event)
            except Exception:
                # The result must be recorded all the same, or the event would be sent for ever.
                log.exception("A listener failed for the ended event %s.", event)
