"""The state of a store: open or not, why not, and until when (contract DSP-RULES, Closed)."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from dsp.models import Store
from dsp.stores import connection, own_pause, turned_away
from integration.db import database_time

from . import compiled, timetable
from .compiled import LiveMenu
from .timetable import Timetable

NOT_CONNECTED = "not_connected"
NO_MENU = "no_menu"
STORE_PAUSED = "store_paused"
STORE_CLOSED = "store_closed"


class StoreState(NamedTuple):
    """A store's state at an instant; `opens_at` is when it opens next, if that is known."""

    is_open: bool
    closed_reason: str | None
    opens_at: datetime | None
    menu_id: int | None  # The menu that the store sells by.
    timetable: Timetable | None

    @property
    def live(self) -> LiveMenu | None:
        return None if self.menu_id is None else compiled.of_menu(self.menu_id)


def state_of(
    store: Store, at: datetime | None = None, *, is_connected: bool | None = None
) -> StoreState:
    """Return the state now, or at another instant as far as it is known.

    `is_connected` spares the question to the database where a caller has asked it.
    """
    at = at or database_time.now()
    table = _timetable_of(store)
    menu_id = store.live_menu_id if table else None
    if is_connected is None:
        is_connected = connection.is_connected(store)
    if not (is_connected and store.is_on):
        return StoreState(False, NOT_CONNECTED, None, menu_id, table)
    if table is None:
        return StoreState(False, NO_MENU, None, None, None)
    zone = ZoneInfo(store.timezone)
    pauses = _ends_of_pauses(store, at)
    if pauses:
        known = [end for end in pauses if end is not None]
        is_known = len(known) == len(pauses)
        opens_at = table.opening_from(max(known), zone) if is_known else None
        return StoreState(False, STORE_PAUSED, opens_at, menu_id, table)
    if table.is_open(at, zone):
        return StoreState(True, None, None, menu_id, table)
    return StoreState(False, STORE_CLOSED, table.opening_from(at, zone), menu_id, table)


def sells(received_at: datetime, disconnected_at: datetime | None) -> bool:
    """Return whether a live menu counts: one from before a disconnect may not (DSP-CON)."""
    if disconnected_at is None or settings.DSP.reuses_menu_on_reconnect:
        return True
    return received_at > disconnected_at


def _timetable_of(store: Store) -> Timetable | None:
    """Return the hours of the menu that the store sells by; None without one."""
    if store.live_menu_id is None:
        return None
    table = timetable.of_menu(store.live_menu_id)
    return table if table and sells(table.received_at, store.disconnected_at) else None


def _ends_of_pauses(store: Store, at: datetime) -> list[datetime | None]:
    """Return the end of each pause that holds, None if open: Stream's, our own, turned away."""
    pauses = (
        (store.is_paused(at), store.paused_until),
        (own_pause.is_own_paused(store, at), store.own_paused_until),
        (turned_away.is_turned_away(store, at), store.turned_away_until),
    )
    return [until for holds, until in pauses if holds]
