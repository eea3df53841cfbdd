"""Redaction of sent bodies and received answers that may identify a customer.

The event itself stays: its type, when and how often it was sent, and how it ended.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from integration.models import DeliveryAttempt, OutboundEvent

from . import event_types, outbox


class StillWaiting(Exception):
    """An event to be redacted is still waiting to be sent; the message explains it."""


@transaction.atomic
def erase(
    ordering_keys: Collection[str], now: datetime, *, give_up: bool, containing: str = ""
) -> int:
    """Erase bodies and answers of the events with these ordering keys; return how many.

    With `containing`, only of those that have this text in their body. With `give_up`, events that
    still wait are given up first; otherwise they raise StillWaiting and nothing is erased.
    """
    events = OutboundEvent.objects.filter(ordering_key__in=ordering_keys)
    if containing:
        events = events.filter(body__contains=containing)
    harmless = [kind.name for kind in event_types.registered() if not kind.holds_personal_data]
    personal = events.exclude(event_type__in=harmless).filter(erased_at=None)
    waiting = personal.filter(state=OutboundEvent.State.WAITING)
    if give_up:
        outbox.stop(waiting)
    elif waiting.exists():
        raise StillWaiting(
            "An event about it is still on its way to Stream. Try again when it has arrived, or"
            " stop it on its page first."
        )
    keys = list(events.values_list("pk", flat=True))
    DeliveryAttempt.objects.filter(event__in=keys).exclude(excerpt="").update(excerpt="")
    return personal.update(body="", erased_at=now)
