"""Our own pauses of a store, of which Stream is told (contract DSP-WH-STORE).

Stream's pause is another fact: neither ends the other, and none of Stream's is echoed.
"""

import logging
from datetime import datetime

from django.db import transaction

from dsp.alarm_pages import alarm_place
from dsp.models import Store
from dsp.outbound import bodies, receiver
from integration.clocks import heartbeat
from integration.db import database_time
from integration.models import Alarm
from integration.monitoring import alarms

log = logging.getLogger(__name__)


@transaction.atomic
def pause(store_id: int, until: datetime | None, actor: str) -> Store:
    """Pause the store until then, None: until a resume; a pause replaces the one before.

    An end that has passed resumes the store. Raises Store.DoesNotExist.
    """
    now = database_time.now()
    if until is not None and until <= now:
        return resume(store_id, actor)
    store = _locked(store_id)
    if store.own_paused_at is not None and store.own_paused_until == until:
        return store
    store.own_paused_at, store.own_paused_until = store.own_paused_at or now, until
    store.save(update_fields=["own_paused_at", "own_paused_until"])
    _tell(store, bodies.store_paused(store, store.own_paused_at, until), now)
    log.info("%s paused the store %s.", actor, store.provider_id)
    return store


@transaction.atomic
def resume(store_id: int, actor: str) -> Store:
    """End our own pause; without one nothing changes. Raises Store.DoesNotExist."""
    store = _locked(store_id)
    if store.own_paused_at is not None:
        _open(store, database_time.now())
        log.info("%s resumed the store %s.", actor, store.provider_id)
    return store


def finish_due() -> int:
    """Open the stores whose own pause has ended, and tell Stream, which does not open by itself.

    Run every second.
    """
    now = database_time.now()
    due = Store.objects.filter(own_paused_until__lte=now).order_by("pk")
    opened = 0
    for store_id in list(due.values_list("pk", flat=True)):
        heartbeat.step()
        with transaction.atomic():
            store = _locked(store_id)
            # Paused anew meanwhile, or opened by another worker.
            if store.own_paused_until is not None and store.own_paused_until <= now:
                _open(store, now)
                opened += 1
    return opened


def is_own_paused(store: Store, now: datetime) -> bool:
    """Return True while our own pause holds."""
    if store.own_paused_at is None:
        return False
    return store.own_paused_until is None or store.own_paused_until > now


def tell_again(store: Store) -> None:
    """Tell Stream of the locked store's pause, which it could not hear of before."""
    now = database_time.now()
    if store.own_paused_at is not None and is_own_paused(store, now):
        paused = bodies.store_paused(store, store.own_paused_at, store.own_paused_until)
        _tell(store, paused, now)


def _open(store: Store, now: datetime) -> None:
    store.own_paused_at = store.own_paused_until = None
    store.save(update_fields=["own_paused_at", "own_paused_until"])
    alarms.resolve(Alarm.Kind.PAUSED, endpoint=alarm_place(store))
    _tell(store, bodies.store_online(store), now)


def _tell(store: Store, body: bodies.Body, now: datetime) -> None:
    """Owe Stream the store's state; it replaces one that has not left."""
    if store.connected_at is None:
        return
    receiver.owe(
        body,
        merchant_id=store.merchant_id,
        ordering_key=f"channel-store:{store.provider_id}",
        expires_at=now + receiver.WORTH_SENDING,
        replaces_waiting=True,
    )


def _locked(store_id: int) -> Store:
    return Store.objects.select_for_update().get(pk=store_id)
