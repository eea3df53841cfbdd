"""What becomes of followed orders with time: late matches, late places, silent ends."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from integration.clocks import heartbeat
from integration.db import database_time
from orders.dispatch import progress
from orders.models import FollowedEvent, FollowedOrder, OrderEvent, StreamEvent

from . import locations, matching, processing

Outcome = StreamEvent.Outcome
WAIT = timedelta(days=7)
SILENCE = timedelta(days=7)
CLOSED = "Closed without further news"  # The history's words.
NEVER_CONFIRMED = "Its order was not confirmed within seven days."
_AT_ONCE = 500


def repair() -> None:
    """Match orders and assign places that became known later; release events that wait in vain."""
    processing.release_waiting()
    matching.look_again()
    while locations.assign_past():
        heartbeat.step()


def retire() -> None:
    """End what nothing more will be heard of: waiting events, and orders without an end.

    Many POSs never tell that an order is complete, and personal data of open orders is kept.
    """
    now = database_time.now()
    waiting = StreamEvent.objects.filter(outcome=Outcome.WAITING, received_at__lt=now - WAIT)
    waiting.update(outcome=Outcome.NOTED, reason=NEVER_CONFIRMED)
    while _close_silent(now):
        heartbeat.step()


@transaction.atomic
def _close_silent(now: datetime) -> int:
    is_past = Q(due_at=None) | Q(due_at__lt=now - SILENCE)
    silent = FollowedOrder.objects.filter(is_past, ended_at=None, updated_at__lt=now - SILENCE)
    locked = silent.select_for_update(skip_locked=True)
    keys = list(locked.values_list("pk", flat=True)[:_AT_ONCE])
    FollowedOrder.objects.filter(pk__in=keys).update(ended_at=now, updated_at=now)
    progress.record_end(keys, now)
    FollowedEvent.objects.bulk_create(
        FollowedEvent(followed_id=key, actor=OrderEvent.Actor.CLOCK, what=CLOSED) for key in keys
    )
    return len(keys)
