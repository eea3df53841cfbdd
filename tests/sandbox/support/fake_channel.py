"""A minimal ordering channel that follows the contract unless a test changes its behavior."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from sandbox.stream.webhooks import signature

from .fake_pos import FakeHandler, FakePos

SECRET = "webhook-secret-of-the-channel"
STORES = ("str_8H2K", "str_9Q1D")


class FakeChannel(FakePos):
    """Keeps the events that came, by type, and answers each with a status of the test's."""

    def __init__(self) -> None:
        super().__init__(ChannelHandler)
        self.token_status = 200
        self.connected: set[str] = set()
        self.event_statuses: list[int] = []  # Of the next events; then 200.

    def tokens(self) -> dict[str, Any]:
        tokens = super().tokens()
        del tokens["email"], tokens["sso_details"]
        return {**tokens, "scope": "dsp:locations dsp:connection dsp:events"}

    def bodies(self, event_type: str = "", *, order_id: str = "") -> list[dict[str, Any]]:
        """Return the events of a type, or of an order, in the order of their arrival."""
        raw = [body for _, path, _, body in list(self.requests) if path.endswith("/event")]
        events = [json.loads(body) if body.endswith(b"}") else {"type": "broken"} for body in raw]
        return [
            event
            for event in events
            if event_type in ("", event["type"]) and order_id in ("", event.get("order_id"))
        ]


def send(
    url: str, event: dict[str, Any] | bytes, *, encoding: str = "hex", secret: str = SECRET
) -> requests.Response:
    """Send the sandbox a signed event of the channel."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    headers = {"Stream-Webhook-Signature": signature(body, secret, encoding)}
    return requests.post(f"{url}/order/demo", data=body, headers=headers, timeout=10)


class ChannelHandler(FakeHandler):
    server: FakeChannel

    def _routes(self) -> dict[str, Callable[[], None]]:
        return {
            "/login": self._login,
            "/decide": self._decide,
            "/stream-dsp/v1/authorize": self._authorize,
            "/stream-dsp/v1/token": self._token,
            "/stream-dsp/v1/locations": self._stores,
            "/stream-dsp/v1/locations/connection": self._store_connection,
            "/stream-dsp/v1/event": self._channel_event,
        }

    def _stores(self) -> None:
        address = {
            "address_line_1": "1 Main St",
            "city": "Austin",
            "state": "TX",
            "postal_code": "78701",
            "country": "USA",
        }
        rows = [{"provider_id": key, "name": f"Store {key}", "address": address} for key in STORES]
        self._json(200, {"locations": rows})

    def _store_connection(self) -> None:
        query = self.parts.query.removeprefix("location_id=")
        store_id = query or json.loads(self.body)["location_id"]
        if self.command == "POST":
            self.server.connected.add(store_id)
        if self.command == "DELETE":
            self.server.connected.discard(store_id)
        connected = store_id in self.server.connected
        self._json(200, {"location_id": store_id, "connected": connected})

    def _channel_event(self) -> None:
        current = f"Bearer access-token-number-{self.server.tokens_issued}"
        if self.headers["Authorization"] != current:
            error = {"error": "invalid_token", "error_description": "The access token has ended."}
            return self._json(401, error, **{"WWW-Authenticate": "Bearer"})
        statuses = self.server.event_statuses if self.body.endswith(b"}") else [400]
        status = statuses.pop(0) if statuses else 200
        error = {"error": "unknown_object", "error_description": "No menu has: x (modifier)."}
        headers = {"Retry-After": "1"} if status == 503 else {}
        self._json(status, {} if status == 200 else error, **headers)
