"""Stream as the sender of events in tests: signed HTTP requests (contract EV)."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.test import Client

PATH = "/stream-events/v1/events"


def digest(body: bytes, secret: str | None = None) -> bytes:
    key = settings.STREAM_EVENTS_SECRETS[0] if secret is None else secret
    return hmac.new(key.encode(), body, hashlib.sha256).digest()


def send(body: bytes, signature: str | None = None, **headers: str) -> Any:
    """Post the body; it is signed with the current secret unless a signature is given."""
    if signature is None:
        signature = digest(body).hex()
    headers = {"HTTP_X_STREAM_SIGNATURE": signature} | headers
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    return client.post(PATH, body, content_type="application/json", **headers)


def send_event(**event: Any) -> Any:
    return send(json.dumps(event).encode())
