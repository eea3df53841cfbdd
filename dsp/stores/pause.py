"""Stream's pauses of a store (contract DSP-EV-PAUSE, DSP-EV-RESUME)."""

from datetime import datetime

from dsp.models import Store
from integration.db import database_time


def pause(store: Store, until: datetime | None) -> bool:
    """Close the locked store until that time, None: until a resume; return True on a change.

    The last pause counts, so one whose end has passed opens the store.
    """
    now = database_time.now()
    if until is not None and until <= now:
        return resume(store)
    if store.is_paused(now) and store.paused_until == until:
        return False
    store.paused_at, store.paused_until = now, until
    store.save(update_fields=["paused_at", "paused_until"])
    return True


def resume(store: Store) -> bool:
    """Open the locked store again; return True if it was paused."""
    if store.paused_at is None:
        return False
    was_paused = store.is_paused()
    store.paused_at = store.paused_until = None
    store.save(update_fields=["paused_at", "paused_until"])
    return was_paused
