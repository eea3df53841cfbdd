"""The current state of a location, at the top of its page."""

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


_DECISIONS = {DefaultDecision.REJECT: "rejected", DefaultDecision.ACCEPT: "accepted"}


def taking_orders(location: Location) -> str:
    if location.archived_at is not None:
        return "Archived"
    if location.is_paused():
        return "Paused"
    return "Takes orders" if location.is_open() else "Closed now"


def stream(location: Any) -> str:
    """Return the connection label; needs `is_authorized`: the merchant's authorization is live."""
    connected = location.is_connected and location.is_authorized and location.archived_at is None
    return "Connected" if connected else "Not connected"


def facts(location: Any) -> list[tuple[str, str]]:
    """List the facts to show at a glance; empty ones are left out."""
    opening = location.next_opening()
    candidates = [
        ("Paused since", _instant(location, location.paused_at) if location.is_paused() else ""),
        ("Paused until", _paused_until(location)),
        ("Today", _today(location)),
        ("Next opening", f"{opening:%A, %d %B, %H:%M}" if opening else ""),
        ("Prep time", _prep_time(location)),
        ("Orders are accepted", _acceptance(location)),
        ("Not accepted", _restrictions(location)),
        ("Stream", stream(location)),
        ("Local time", f"{location.local():%A, %H:%M} ({location.timezone})"),
    ]
    return [(label, value) for label, value in candidates if value]


def _paused_until(location: Location) -> str:
    if not location.is_paused():
        return ""
    until = location.paused_until
    return _instant(location, until) if until else "Manually resumed"


def _prep_time(location: Location) -> str:
    base = f"{location.prep_time_minutes} minutes"
    is_more = location.prep_minutes_per_order or location.prep_minutes_per_item
    return f"{base}, more when busy" if is_more else base


def _acceptance(location: Location) -> str:
    mode = AcceptanceMode(location.acceptance_mode)
    if mode == AcceptanceMode.AUTOMATIC:
        return ""
    decision = _DECISIONS[DefaultDecision(location.default_decision)]
    accepted = mode.label.capitalize()
    if mode == AcceptanceMode.BELOW_LOAD:
        accepted = f"Automatically below {location.load_limit} open orders, otherwise by staff"
    return f"{accepted}; undecided orders are {decision}"


def _restrictions(location: Location) -> str:
    off = [
        (location.channels_off, order_restrictions.CHANNELS),
        (location.fulfillment_types_off, order_restrictions.FULFILLMENT_TYPES),
    ]
    return ", ".join(
        order_restrictions.display_names(names, known) for names, known in off if names
    )


def _today(location: Location) -> str:
    day = location.local().date()
    windows = location.opening.windows_on(day)
    hours = ", ".join(windows).replace("-", "–") or "closed"
    if windows == weekly_hours.always_open()["monday"]:
        hours = "open all day"
    return f"{hours} (special day)" if day.isoformat() in location.special_days else hours


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
    """List the buttons, the most likely one first."""
    if location.is_paused():
        return [Button("resume", "Resume", "play_arrow", "primary"), *_PAUSES]
    return [*_PAUSES, Button("pause", "Pause until resumed", "pause")]
