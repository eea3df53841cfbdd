"""How a location stands, at the top of its page."""

from typing import Any, NamedTuple

from catalog.hours import weekly as weekly_hours
from catalog.models import AcceptanceMode, DefaultDecision, Location, order_restrictions

STATES = {"Connected": "success", "Not connected": ""}
TAKING = {
    "Takes orders": "success",
    "Closed now": "info",
    "Paused": "warning",
    "Archived": "danger",
}


def taking_orders(location: Location) -> str:
    if location.archived_at is not None:
        return "Archived"
    if location.is_paused():
        return "Paused"
    return "Takes orders" if location.is_open() else "Closed now"


def stream(location: Any) -> str:
    """Of a location whose `is_authorized` says whether the merchant's authorization lives."""
    connected = location.is_connected and location.is_authorized and location.archived_at is None
    return "Connected" if connected else "Not connected"


def facts(location: Any) -> list[tuple[str, str]]:
    """What is to be seen at once; what says nothing at present is left out."""
    opening = location.next_opening()
    shown = [
        ("Paused since", _instant(location, location.paused_at) if location.is_paused() else ""),
        ("Paused until", _paused_until(location)),
        ("Today", _today(location)),
        ("Next opening", f"{opening:%A, %d %B, %H:%M}" if opening else ""),
        ("Preparation", _preparation(location)),
        ("Orders are accepted", _accepted(location)),
        ("Not taken", _not_taken(location)),
        ("Stream", stream(location)),
        ("Time there", f"{location.local():%A, %H:%M} ({location.timezone})"),
    ]
    return [(label, value) for label, value in shown if value]


def _paused_until(location: Location) -> str:
    if not location.is_paused():
        return ""
    until = location.paused_until
    return _instant(location, until) if until else "Somebody resumes it"


def _preparation(location: Location) -> str:
    base = f"{location.prep_time_minutes} minutes"
    is_more = location.prep_minutes_per_order or location.prep_minutes_per_item
    return f"{base}, more when it is busy" if is_more else base


def _accepted(location: Location) -> str:
    mode = AcceptanceMode(location.acceptance_mode)
    if mode == AcceptanceMode.AUTOMATIC:
        return ""
    then = DefaultDecision(location.default_decision).label
    said = mode.label.capitalize()
    if mode == AcceptanceMode.BELOW_LOAD:
        said = f"By themselves below {location.load_limit} open orders, otherwise by staff"
    return f"{said}; what nobody decides on {then}"


def _not_taken(location: Location) -> str:
    off = [
        (location.channels_off, order_restrictions.CHANNELS),
        (location.fulfillment_types_off, order_restrictions.FULFILLMENT_TYPES),
    ]
    return ", ".join(order_restrictions.drawn(names, known) for names, known in off if names)


def _today(location: Location) -> str:
    day = location.local().date()
    windows = location.opening.windows_on(day)
    said = ", ".join(windows).replace("-", "–") or "closed"
    if windows == weekly_hours.always()["monday"]:
        said = "open all day"
    return f"{said} (special day)" if day.isoformat() in location.special_days else said


def _instant(location: Location, at: Any) -> str:
    return f"{location.local(at):%d %b %Y, %H:%M} ({location.timezone})"


class Button(NamedTuple):
    """One of LocationActions.buttons."""

    name: str
    text: str
    icon: str
    variant: str = "default"


_PAUSES = [
    Button("pause_half_an_hour", "Pause 30 minutes", "timer"),
    Button("pause_an_hour", "Pause 1 hour", "timer"),
    Button("pause_for_the_day", "Pause for the day", "bedtime"),
]


def buttons(location: Location) -> list[Button]:
    """The one that somebody wants at present comes first."""
    if location.is_paused():
        return [Button("resume", "Resume", "play_arrow", "primary"), *_PAUSES]
    return [*_PAUSES, Button("pause", "Pause until resumed", "pause")]
