"""The endpoint to which Stream sends its events (contract EV).

A request stores the event and does nothing else; workers process it. Stream switches off a handler
that fails too often, so whatever is authentic and has a type is answered 201.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from integration import wakeups
from integration.api.request_body import BodyTooLarge, read_body
from integration.monitoring import counters

from . import archive, signature
from .content import Content, Junk, examine

BODY_LIMIT = 1_000_000
_UNSIGNED = (
    "X-Stream-Signature is missing or wrong: send the HMAC-SHA256 of the exact bytes of the body in"
    " hex or base64, with the events secret as the key."
)


class Sent(NamedTuple):
    """The body of a POST, and the header that should sign it."""

    body: bytes
    signature: str


class Answer(NamedTuple):
    """The status and the JSON of a response."""

    status: int
    content: bytes


class Refused(Exception):
    """The event is not stored; the only argument is the answer."""


_RECEIVED = Answer(201, b'"received"')


def receive(request: HttpRequest) -> HttpResponse:
    """Store an event that Stream signed."""
    if settings.STREAM_EVENTS_SECRETS and request.method != "POST":
        refusal = _response(_error(405, "method_not_allowed", "Send events with POST."))
        refusal["Allow"] = "POST"
        return refusal
    try:
        body = read_body(request, limit=BODY_LIMIT)
    except BodyTooLarge:
        body = bytes(BODY_LIMIT + 1)
    header = request.META.get("HTTP_X_STREAM_SIGNATURE", "")
    return _response(receive_all([Sent(body, header)])[0])


def receive_all(sent: Sequence[Sent]) -> list[Answer]:
    """Store what Stream signed, in one transaction; none is refused because of another."""
    answers, events = [], []
    for body, header in sent:
        try:
            events.append((body, _content(body, header)))
            answers.append(_RECEIVED)
        except Refused as refused:
            answers.append(refused.args[0])
    if events:
        archive.store(events)
        for _, content in events:
            if content.is_near_miss:
                counters.NEAR_MISSES.labels(content.event_type).inc()
        wakeups.wake("orders.tasks.follow_orders")
    return answers


def _content(body: bytes, header: str) -> Content:
    secrets = settings.STREAM_EVENTS_SECRETS
    if not secrets:
        raise Refused(_error(404, "not_found", "Stream Events are off: set STREAM_EVENTS_SECRET."))
    if len(body) > BODY_LIMIT:
        raise Refused(_error(413, "invalid_request", "The body is larger than 1 MB."))
    if not signature.is_valid(header, body, secrets):
        raise Refused(_error(401, "invalid_signature", _UNSIGNED))
    try:
        return examine(body)
    except Junk as junk:
        raise Refused(_error(400, "invalid_request", str(junk))) from junk


def _error(status: int, error: str, description: str) -> Answer:
    return Answer(status, json.dumps({"error": error, "error_description": description}).encode())


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.content, status=answer.status, content_type="application/json")
