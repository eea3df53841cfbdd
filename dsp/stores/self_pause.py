"""A pause of our own without staff: a restaurant takes none of its orders (contract DSP-WH-STORE).

Stream counts failures and cancelations against a channel, and a guest who is turned down after
ordering is lost. So a store closes for a while once the restaurant has taken none of its latest
orders. After that the next failure closes it again, until an order is accepted. Orders that Stream
did not take over say nothing of the restaurant.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Q, When

from dsp.alarm_pages import alarm_place
from dsp.models import ChannelOrder, Store
from integration.clocks import heartbeat
from integration.db import database_time
from integration.models import Alarm
from integration.monitoring import alarms

from . import own_pause

State = ChannelOrder.State

ACTOR = "clock"
_FAILED = (State.FAILED, State.CANCELED, State.GIVEN_UP)
_MADE = (State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY, State.COMPLETED)
_IS_TAKEN = Q(accepted_at__isnull=False) | Q(state__in=_MADE)
_IS_TURNED_DOWN = Q(state__in=_FAILED, sent_at__isnull=False, accepted_at=None)
_WITHIN = timedelta(hours=1)
_FRESH = timedelta(seconds=10)


def run() -> int:
    """Pause the stores whose restaurants take no orders; return how many. Runs every second."""
    if not settings.DSP.self_pause_failures:
        return 0
    now = database_time.now()
    # erased_at: what has just ended is not erased, and the index is of those.
    fresh = ChannelOrder.objects.filter(ended_at__gt=now - _FRESH, erased_at=None)
    stores = fresh.filter(_IS_TURNED_DOWN, store__own_paused_at=None).values("store").distinct()
    paused = 0
    for store in Store.objects.filter(pk__in=stores).order_by("pk"):
        heartbeat.step()
        if _takes_none(store, now):
            _pause(store, now)
            paused += 1
    return paused


def _takes_none(store: Store, now: datetime) -> bool:
    """Return True if the latest orders of the last hour that were decided were all turned down."""
    most = settings.DSP.self_pause_failures
    orders = ChannelOrder.objects.filter(
        _IS_TAKEN | _IS_TURNED_DOWN,
        merchant_id=store.merchant_id,
        store=store,
        placed_at__gt=now - _WITHIN,
    ).annotate(is_taken=Case(When(_IS_TAKEN, then=True), default=False))
    latest = list(orders.order_by("-placed_at", "-pk").values_list("is_taken", flat=True)[:most])
    return len(latest) == most and not any(latest)


def _pause(store: Store, now: datetime) -> None:
    until = now + timedelta(seconds=settings.DSP.self_pause_seconds)
    own_pause.pause(store.pk, until, ACTOR)
    alarms.raise_alarm(
        Alarm.Kind.PAUSED,
        endpoint=alarm_place(store),
        merchant_id=store.merchant_id,
        message=f"{store.name} took none of its last {settings.DSP.self_pause_failures} orders, so"
        f" it is paused for {settings.DSP.self_pause_seconds // 60} minutes. See why they failed,"
        " then resume it.",
    )
