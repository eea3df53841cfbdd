"""Changes in words, for the page of one object and the list of all."""

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
    """Return the label, old and new value of each field; times in that zone."""
    shown = []
    for label, kind, before, after in change.changes:
        values = (_text(change, kind, value, zone) for value in (before, after))
        shown.append((label, *values))
    return [(label, before, after) for label, before, after in shown]


def render_change(change: ObjectChange, zone: str) -> Any:
    """Render a change for a list: the object, and its fields' old and new values."""
    title = f"{change.row}: {change.action}" if change.row else change.get_action_display()
    rows = [
        (label, _arrow(change, before, after)) for label, before, after in sentences(change, zone)
    ]
    lines = format_html_join("", "<li>{}: {}</li>", rows)
    return format_html(
        '<div class="sp-what"><p>{}</p><ul class="sp-changes">{}</ul></div>',
        title[:1].upper() + title[1:],
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
    if kind == "week":
        return _week(value, "always open" if change.kind == "location" else "never sold")
    if kind == "days":
        return _days(value)
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _week(week: weekly_hours.Week, nothing: str) -> str:
    if not any(week.values()):
        return nothing
    days = ((day[:3].capitalize(), ", ".join(week.get(day, []))) for day in weekly_hours.DAYS)
    return "; ".join(f"{day} {windows or 'closed'}" for day, windows in days)


def _days(days: dict[str, list[str]]) -> str:
    dates = (f"{day} {', '.join(windows) or 'closed'}" for day, windows in sorted(days.items()))
    return "; ".join(dates) or _NOTHING


def instant(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%d %b %Y, %H:%M} ({zone})"


def zone_of(request: HttpRequest, change: ObjectChange) -> str:
    """Return the location's time zone, or the merchant's if all its locations share one."""
    if not hasattr(request, _ZONES):
        setattr(request, _ZONES, {})
    known: dict[int, dict[int, str]] = getattr(request, _ZONES)
    if change.merchant_id not in known:
        locations = Location.objects.filter(merchant=change.merchant_id)
        known[change.merchant_id] = dict(locations.values_list("pk", "timezone"))
    zones = known[change.merchant_id]
    location_zone = zones.get(change.location_id or 0)
    merchant_zones = set(zones.values())
    return location_zone or (merchant_zones.pop() if len(merchant_zones) == 1 else "UTC")


def person_of(change: ObjectChange) -> str:
    """Name who made the change, or the reason if nobody made it by hand."""
    names = [name for name in (change.person_name, change.reason) if name]
    return ", ".join(names) or "outside the admin"
