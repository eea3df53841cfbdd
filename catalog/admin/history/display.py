"""How changes read, on the page of one object and in the list of all."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from catalog.hours import weekly as weekly_hours
from catalog.models import Location, ObjectChange
from integration import currency as currencies

_NOTHING = "nothing"
_ZONES = "zones_of_merchants"  # The attribute of a request that keeps them.


def sentences(change: ObjectChange, zone: str) -> list[tuple[str, str, str]]:
    """Label, before and after of each field; times in that zone."""
    shown = []
    for label, kind, before, after in change.changes:
        values = (_text(change, kind, value, zone) for value in (before, after))
        shown.append((label, *values))
    return [(label, before, after) for label, before, after in shown]


def as_list(change: ObjectChange, zone: str) -> Any:
    """For the list's column: what was changed, from what to what."""
    what = f"{change.row}: {change.action}" if change.row else change.get_action_display()
    rows = [
        (label, _arrow(change, before, after)) for label, before, after in sentences(change, zone)
    ]
    lines = format_html_join("", "<li>{}: {}</li>", rows)
    return format_html(
        '<div class="sp-what"><p>{}</p><ul class="sp-changes">{}</ul></div>',
        what[:1].upper() + what[1:],
        lines,
    )


def _arrow(change: ObjectChange, before: str, after: str) -> Any:
    if change.action == ObjectChange.Action.ADDED:
        return after
    if change.action == ObjectChange.Action.REMOVED:
        return before
    return format_html("<s>{}</s> → <b>{}</b>", before, after)


def _text(change: ObjectChange, kind: str, value: Any, zone: str) -> str:
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "money":
        return currencies.as_text(value, change.merchant.currency)
    if kind == "instant":
        return instant(datetime.fromisoformat(value), zone)
    if kind in _CALENDARS:
        return _CALENDARS[kind](value)
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _week(week: weekly_hours.Week) -> str:
    if not any(week.values()):
        return "always"
    days = ((day[:3].capitalize(), ", ".join(week.get(day, []))) for day in weekly_hours.DAYS)
    return "; ".join(f"{day} {windows or 'closed'}" for day, windows in days)


def _days(days: dict[str, list[str]]) -> str:
    dates = (f"{day} {', '.join(windows) or 'closed'}" for day, windows in sorted(days.items()))
    return "; ".join(dates) or _NOTHING


_CALENDARS: dict[str, Callable[[Any], str]] = {"week": _week, "days": _days}


def instant(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%d %b %Y, %H:%M} ({zone})"


def zone_of(request: HttpRequest, change: ObjectChange) -> str:
    """The location's time zone; of what holds everywhere the merchant's, if there is only one."""
    if not hasattr(request, _ZONES):
        setattr(request, _ZONES, {})
    known: dict[int, dict[int, str]] = getattr(request, _ZONES)
    if change.merchant_id not in known:
        places = Location.objects.filter(merchant=change.merchant_id)
        known[change.merchant_id] = dict(places.values_list("pk", "timezone"))
    zones = known[change.merchant_id]
    here = zones.get(change.location_id or 0)
    everywhere = set(zones.values())
    return here or (everywhere.pop() if len(everywhere) == 1 else "UTC")


def person_of(change: ObjectChange) -> str:
    """Who, and of what nobody did by hand why."""
    names = [name for name in (change.person_name, change.reason) if name]
    return ", ".join(names) or "outside these pages"
