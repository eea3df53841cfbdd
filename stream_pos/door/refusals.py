"""Answers of the door itself."""

import json

from stream_pos.web.api_paths import error_body, is_api

from .bridge import Response

_TEXTS = {
    408: ("request_timeout", "The request did not arrive in time."),
    429: ("too_many_requests", "Too many requests: please try again in a second."),
    500: ("server_error", "An internal error occurred and has been logged."),
    503: ("temporarily_unavailable", "The server is busy: please try again soon."),
}


def make(path: str, status: int) -> Response:
    """Return the refusal: JSON for programs, text for people."""
    error, text = _TEXTS[status]
    headers = [(b"cache-control", b"no-store")]
    if status in (429, 503):
        headers.append((b"retry-after", b"1" if status == 429 else b"2"))
    if status == 408:
        headers.append((b"connection", b"close"))
    if is_api(path):
        content = json.dumps(error_body(path, error, text)).encode()
        return Response(status, [(b"content-type", b"application/json"), *headers], content)
    headers.append((b"content-type", b"text/plain; charset=utf-8"))
    return Response(status, headers, text.encode() + b"\n")


def database_unavailable(path: str) -> Response:
    """Return what Django's middleware answers to programs during an outage."""
    text = "The database is unavailable: please try again soon."
    content = json.dumps(error_body(path, "temporarily_unavailable", text)).encode()
    return Response(503, [(b"content-type", b"application/json"), (b"retry-after", b"5")], content)
