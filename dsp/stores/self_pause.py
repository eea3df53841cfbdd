"""A pause of our own without staff: a store whose orders all fail (contract DSP-WH-STORE).

Stream counts failures and cancelations against a channel, and a guest who is turned down after
ordering is lost. So a store closes for a while once its latest orders all failed, whoever failed
them. After that the next failure closes it again, until an order is accepted.
"""

from datetime import datetime, timedelta

from django.conf import settings

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
_DECIDED = (*_FAILED, State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY, State.COMPLETED)
_WITHIN = timedelta(hours=1)
_FRESH = timedelta(seconds=10)


def run() -> int:
    """Pause the stores whose latest orders all failed; return how many. Runs every second."""
    if not settings.DSP.self_pause_failures:
        return 0
    now = database_time.now()
    # erased_at: what has just ended is not erased, and the index is of those.
    fresh = ChannelOrder.objects.filter(ended_at__gt=now - _FRESH, erased_at=None)
    stores = fresh.filter(state__in=_FAILED, store__own_paused_at=None).values("store").distinct()
    paused = 0
    for store in Store.objects.filter(pk__in=stores).order_by("pk"):
        heartbeat.step()
        if _all_fail(store, now):
            _pause(store, now)
            paused += 1
    return paused


def _all_fail(store: Store, now: datetime) -> bool:
    """Return True if the latest orders of the last hour that were decided all failed."""
    most = settings.DSP.self_pause_failures
    orders = ChannelOrder.objects.filter(
        merchant_id=store.merchant_id, store=store, placed_at__gt=now - _WITHIN, state__in=_DECIDED
    )
    latest = list(orders.order_by("-placed_at", "-pk").values_list("state", flat=True)[:most])
    return len(latest) == most and set(latest) <= set(_FAILED)


def _pause(store: Store, now: datetime) -> None:
    until = now + timedelta(seconds=settings.DSP.self_pause_seconds)
    own_pause.pause(store.pk, until, ACTOR)
    alarms.raise_alarm(
        Alarm.Kind.PAUSED,
        endpoint=alarm_place(store),
        merchant_id=store.merchant_id,
        message=f"The last {settings.DSP.self_pause_failures} orders of {store.name} failed, so it"
        f" is paused for {settings.DSP.self_pause_seconds // 60} minutes. See why they failed, then"
        " resume it.",
    )
