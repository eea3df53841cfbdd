"""Erases what was sent to Stream and came back, where it may tell who a customer is.

The event itself stays: its type, when it was sent, how often, and how it ended.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from integration.models import DeliveryAttempt, OutboundEvent

from . import event_types, outbox


class OnTheWay(Exception):
    """An event that would be erased has yet to be sent; the text says so."""


@transaction.atomic
def erase(ordering_keys: Collection[str], now: datetime, *, give_up: bool) -> int:
    """Erases bodies and answers of the events with these ordering keys; returns how many.

    One that still waits is given up first, or else raises OnTheWay and nothing is erased.
    """
    about = OutboundEvent.objects.filter(ordering_key__in=ordering_keys)
    harmless = [kind.name for kind in event_types.registered() if not kind.holds_personal_data]
    telling = about.exclude(event_type__in=harmless).filter(erased_at=None)
    waiting = telling.filter(state=OutboundEvent.State.WAITING)
    if give_up:
        outbox.stop(waiting)
    elif waiting.exists():
        raise OnTheWay(
            "An event about it is still on its way to Stream. Try again when it has arrived, or"
            " stop it on its page first."
        )
    keys = list(about.values_list("pk", flat=True))
    DeliveryAttempt.objects.filter(event__in=keys).exclude(excerpt="").update(excerpt="")
    return telling.update(body="", erased_at=now)
