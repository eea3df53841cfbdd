"""Stores as front ends see them: open or closed, and their hours."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework.request import Request
from rest_framework.response import Response

from dsp.client_role import NAME
from dsp.live import state, timetable
from dsp.live.timetable import Timetable
from dsp.menus.schema import Window
from dsp.models import Store
from dsp.ordering.shown_order import milliseconds
from integration.db import database_time
from integration.oauth import authorizations

from .authentication import holder_of
from .base import ChannelView, store_of

_DAYS = 7
_DAY_MINUTES = 24 * 60


class StoresView(ChannelView):
    """All stores that the caller may see."""

    def get(self, request: Request) -> Response:
        holder, now = holder_of(request), database_time.now()
        stores = list(holder.stores())
        timetable.of_menus([one.live_menu_id for one in stores if one.live_menu_id is not None])
        is_authorized = authorizations.is_live(holder.merchant.pk, NAME)
        return Response({"stores": [_shown(one, now, is_authorized) for one in stores]})


class StoreView(ChannelView):
    """One store."""

    def get(self, request: Request, store_id: str) -> Response:
        store = store_of(request, store_id)
        is_authorized = authorizations.is_live(store.merchant_id, NAME)
        return Response(_shown(store, database_time.now(), is_authorized))


def _shown(store: Store, now: datetime, is_authorized: bool) -> dict[str, Any]:
    is_connected = is_authorized and store.connected_at is not None
    standing = state.state_of(store, now, is_connected=is_connected)
    table, opens_at = standing.timetable, standing.opens_at
    return {
        "id": store.provider_id,
        "name": store.name,
        "timezone": store.timezone,
        "currency": (table.currency or None) if table else None,
        "fulfillment_types": store.fulfillment_types,
        "prep_time_minutes": table.prep_time_minutes if table else None,
        "is_open": standing.is_open,
        "closed_reason": standing.closed_reason,
        "opens_at": None if opens_at is None else milliseconds(opens_at),
        "menu_version": table.number if table else None,
        "hours": _hours(table, now.astimezone(ZoneInfo(store.timezone))),
    }


def _hours(table: Timetable | None, local: datetime) -> list[dict[str, Any]]:
    """Return the windows of today and the next days, holidays applied, in the store's zone."""
    days = [local.date() + timedelta(days=ahead) for ahead in range(_DAYS)]
    return [
        {
            "date": day.isoformat(),
            "windows": [_text(one) for one in table.windows_on(day)] if table else [],
        }
        for day in days
    ]


def _text(window: Window) -> str:
    """Write a window; an end before its start is on the next day, and 24:00 ends the day."""
    end = window.end if window.end <= _DAY_MINUTES else window.end - _DAY_MINUTES
    if window.end - window.start >= _DAY_MINUTES:  # The whole day, or more of it than a text holds.
        end = _DAY_MINUTES
    return f"{_clock(window.start)}-{_clock(end)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
