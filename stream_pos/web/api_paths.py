"""The paths of programs, whose errors are JSON; people open the others."""

from typing import Any

STREAM_EVENTS = "/stream-events/v1/events"
CHANNEL_EVENTS = "/stream-dsp/v1/event"
ORDERS = ("/stream-pos/v1/orders", "/v1/orders")
CHANNEL = "/channel/"
_PREFIXES = ("/stream-pos/", "/stream-dsp/", "/v1/", "/api/", "/stream-events/", CHANNEL)


def is_api(path: str) -> bool:
    return path.startswith(_PREFIXES)


def error_body(path: str, error: str, description: str) -> dict[str, Any]:
    """Return an error in the form of the API that the path belongs to."""
    if path.startswith(CHANNEL):
        return {"code": error, "detail": description, "problems": []}
    return {"error": error, "error_description": description}
