"""The paths of programs, whose errors are JSON; people open the others."""

STREAM_EVENTS = "/stream-events/v1/events"
_PREFIXES = ("/stream-pos/", "/stream-dsp/", "/v1/", "/api/", "/stream-events/")


def is_api(path: str) -> bool:
    return path.startswith(_PREFIXES)
