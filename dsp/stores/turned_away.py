"""Stores whose restaurant did not accept an order: closed for a while (contract DSP-EV-FAIL)."""

from datetime import datetime

from dsp.models import Store


def turn_away(store: Store, now: datetime, until: datetime | None) -> None:
    """Close the locked store from now until then, None: until Stream's next event about it."""
    store.turned_away_at, store.turned_away_until = now, until
    store.save(update_fields=["turned_away_at", "turned_away_until"])


def end(store: Store) -> None:
    """Open the locked store again: Stream has spoken of it."""
    if store.turned_away_at is not None:
        store.turned_away_at = store.turned_away_until = None
        store.save(update_fields=["turned_away_at", "turned_away_until"])


def is_turned_away(store: Store, now: datetime) -> bool:
    """Return True while no order is to be sent to the restaurant."""
    if store.turned_away_at is None:
        return False
    return store.turned_away_until is None or store.turned_away_until > now
