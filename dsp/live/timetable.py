"""The hours of a live menu, and what a list of stores shows of it.

Kept apart from the whole menu, so that a list of many stores with large menus stays cheap.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from dsp.menus import opening
from dsp.menus.schema import Holiday, Window
from dsp.models import MenuContent

_MOST_MENUS = 2_000
_READ_AT_ONCE = 4  # Contents are large.


class Timetable(NamedTuple):
    """The weeks of a menu's menus, with its holidays; immutable."""

    number: int
    received_at: datetime
    currency: str
    prep_time_minutes: int
    weeks: tuple[tuple[tuple[Window, ...], ...], ...]
    holidays: tuple[Holiday, ...]

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        local = at.astimezone(zone)
        return any(opening.is_open(week, self.holidays, local) for week in self.weeks)

    def opening_from(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the instant if a menu is open then, else the next opening; None: not known."""
        if self.is_open(at, zone):
            return at
        local = at.astimezone(zone)
        openings = (opening.next_opening(week, self.holidays, local) for week in self.weeks)
        return min((one for one in openings if one is not None), default=None)

    def windows_on(self, day: date) -> list[Window]:
        """Return the windows of all menus that begin on the day, joined where they meet."""
        windows = sorted(
            (window.start, window.end)
            for week in self.weeks
            for window in opening.windows_on(week, self.holidays, day)
        )
        joined: list[tuple[int, int]] = []
        for start, end in windows:
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        return [Window(*one) for one in joined]


class _Week(msgspec.Struct, frozen=True):
    week: tuple[tuple[Window, ...], ...]


class _Published(msgspec.Struct, frozen=True):
    """The fields of PublishedMenu that are read here; the decoder skips the others."""

    currency: str
    prep_time_minutes: int
    menus: tuple[_Week, ...]
    holidays: tuple[Holiday, ...]


_decoder = msgspec.msgpack.Decoder(_Published)
_known: OrderedDict[int, Timetable] = OrderedDict()
_lock = threading.Lock()


def of_menu(menu_id: int) -> Timetable | None:
    """Return the timetable of a menu; None if it has no content."""
    return of_menus([menu_id]).get(menu_id)


def of_menus(menu_ids: Collection[int]) -> dict[int, Timetable]:
    """Return the timetables of those menus that have content; one query reads what is missing."""
    with _lock:
        found = {one: _known[one] for one in menu_ids if one in _known}
        for one in found:
            _known.move_to_end(one)
    missing = set(menu_ids) - found.keys()
    if missing:
        found |= _read(missing)
        with _lock:
            _known.update(found)
            while len(_known) > _MOST_MENUS:
                _known.popitem(last=False)
    return found


def forget() -> None:
    """Forget what was read."""
    with _lock:
        _known.clear()


def _read(menu_ids: Collection[int]) -> dict[int, Timetable]:
    names = ("pk", "menu__number", "menu__received_at", "compiled")
    rows = MenuContent.objects.filter(pk__in=menu_ids).values_list(*names)
    return {
        pk: _timetable(number, received_at, compiled)
        for pk, number, received_at, compiled in rows.iterator(chunk_size=_READ_AT_ONCE)
    }


def _timetable(number: int, received_at: datetime, compiled: bytes) -> Timetable:
    published = _decoder.decode(compiled)
    weeks: Sequence[tuple[tuple[Window, ...], ...]] = [one.week for one in published.menus]
    return Timetable(
        number=number,
        received_at=received_at,
        currency=published.currency,
        prep_time_minutes=published.prep_time_minutes,
        weeks=tuple(weeks),
        holidays=published.holidays,
    )
