"""Messages of the page's steps when they are done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SETTINGS = {
    "channel/link": "The store is linked.",
    "channel/play": "The sandbox plays the POS as you said.",
    "channel/arrangement": "The next events go out as arranged.",
    "channel/receiver": "The receiver misbehaves as planned.",
    "channel/file-server": "The next downloads of a menu are answered as planned.",
}
_TITLES = {
    "channel/connect": "Connect",
    "channel/refresh": "Refresh",
    "channel/locations": "Get the stores",
    "channel/connection": "Store connection",
    "channel/publish": "Publish",
    "channel/update": "Update",
    "channel/pause": "Pause",
    "channel/resume": "Resume",
    "channel/tell": "Order event",
    "channel/events": "Event",
}


def channel_message(action: str, answer: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the notice for the page, and whether the step went well."""
    if action in _SETTINGS:
        return _SETTINGS[action], True
    status, problems = answer["status"], answer.get("problems", [])
    if status is None:
        return f"{_TITLES[action]}: no answer came.", False
    message = f"{_TITLES[action]}: the channel answered {status}."
    if problems:
        message += f" {len(problems)} problems: {problems[0]}"
    return message, not problems and status < 300
