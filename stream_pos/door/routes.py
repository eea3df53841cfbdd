"""The lane of each request, and its name in the metrics."""

from typing import NamedTuple

from stream_pos.web.api_paths import CHANNEL_EVENTS, STREAM_EVENTS


class Route(NamedTuple):
    """The lane whose threads work for the request, and one of a few names for it."""

    lane: str
    name: str


# Threads of each lane in one process.
THREADS = {"orders": 4, "events": 4, "stream": 3, "channel": 3, "people": 4, "probes": 1}
# Orders waiting at most: some 0.3 s of work at 100 orders a second.
QUEUED = {"orders": 30, "events": 80, "stream": 40, "channel": 40, "people": 40, "probes": 4}

EVENTS = "stream_events"
_STREAM = ("token", "revoke", "authorize-token", "locations", "locations/connection", "catalog")
_PREFIXES = ("/stream-pos/v1/", "/v1/", "/stream-dsp/v1/")
_PAGES = ("board", "admin", "account", "static", "pictures", "api")
_PEOPLE = Route("people", "other")
_ROUTES = {f"{prefix}{name}": Route("stream", name) for prefix in _PREFIXES for name in _STREAM}
_ROUTES |= {path: Route("probes", path[1:]) for path in ("/metrics", "/readyz")}
_ROUTES[STREAM_EVENTS] = Route("events", EVENTS)
_ROUTES[CHANNEL_EVENTS] = Route("events", "channel_events")
_BY_PAGE = {page: Route("people", page) for page in _PAGES}
_BY_PAGE["order"] = Route("channel", "order")  # Guests never take the last thread of staff.
_ORDERS = Route("orders", "orders")
_CHANNEL = "/channel/v1/"
# By the last part of the path; ids come before it, or take its place.
_OF_CHANNEL = {
    name: Route("channel", f"channel_{name}")
    for name in ("stores", "menu", "quotes", "orders", "cancel", "ack")
}
_OTHER_CHANNEL = Route("channel", "channel_other")
_CHANNEL_DOCUMENT = ("schema", "docs")
_OTHER_STREAM = Route("stream", "other_stream")
_AUTHORIZE = Route("people", "authorize")


def find(method: str, path: str) -> Route:
    """Return the route; names are few, so that outsiders cannot add labels to the metrics."""
    known = _ROUTES.get(path)
    if known is not None:
        return known
    if path.startswith(_CHANNEL):
        return _of_channel(path[len(_CHANNEL) :])
    for prefix in _PREFIXES:
        if path.startswith(prefix):
            return _of_stream(method, path[len(prefix) :])
    return _BY_PAGE.get(path[1:].partition("/")[0], _PEOPLE)


def _of_stream(method: str, rest: str) -> Route:
    if rest == "orders" or rest.startswith("orders/"):
        return _ORDERS if method not in ("GET", "HEAD", "OPTIONS") else _OTHER_STREAM
    # People open the authorize page in a browser.
    return _AUTHORIZE if rest.rstrip("/") == "authorize" else _OTHER_STREAM


def _of_channel(rest: str) -> Route:
    if rest.partition("/")[0] in _CHANNEL_DOCUMENT:
        return _PEOPLE
    return _OF_CHANNEL.get(rest.rpartition("/")[2], _OTHER_CHANNEL)
