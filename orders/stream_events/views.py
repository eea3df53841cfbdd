"""The endpoint to which Stream sends its events (contract EV).

A request stores the event and does nothing else; workers process it. Stream switches off a handler
that fails too often, so whatever is authentic and has a type is answered 201.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from integration import wakeups
from integration.api.request_body import BodyTooLarge, read_body
from integration.monitoring import counters

from . import archive, signature
from .content import Junk, examine

BODY_LIMIT = 1_000_000
_RECEIVED = b'"received"'
_UNSIGNED = (
    "X-Stream-Signature is missing or wrong: send the HMAC-SHA256 of the exact bytes of the body in"
    " hex or base64, with the events secret as the key."
)


def receive(request: HttpRequest) -> HttpResponse:
    """Store an event that Stream signed."""
    secrets = settings.STREAM_EVENTS_SECRETS
    if not secrets:
        return _error(404, "not_found", "Stream Events are off: set STREAM_EVENTS_SECRET.")
    if request.method != "POST":
        refusal = _error(405, "method_not_allowed", "Send events with POST.")
        refusal["Allow"] = "POST"
        return refusal
    try:
        body = read_body(request, limit=BODY_LIMIT)
    except BodyTooLarge:
        return _error(413, "invalid_request", "The body is larger than 1 MB.")
    if not signature.is_valid(request.META.get("HTTP_X_STREAM_SIGNATURE", ""), body, secrets):
        return _error(401, "invalid_signature", _UNSIGNED)
    try:
        content = examine(body)
    except Junk as junk:
        return _error(400, "invalid_request", str(junk))
    archive.store(body, content)
    if content.is_near_miss:
        counters.NEAR_MISSES.labels(content.event_type).inc()
    wakeups.wake("orders.tasks.follow_orders")
    return HttpResponse(_RECEIVED, status=201, content_type="application/json")


def _error(status: int, error: str, description: str) -> HttpResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)
