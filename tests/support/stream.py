"""Stream as a client in tests: HTTP requests through Django's test client."""

import json
from typing import Any

from django.test import Client

BASE = "/stream-pos/v1"


class Stream:
    """Call our REST endpoints with one merchant's bearer token."""

    def __init__(self, token: str) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"{BASE}{path}", **self.headers, **headers)

    def catalog(self, location_id: str | None = None, **headers: str) -> Any:
        if location_id is not None:
            headers["HTTP_X_PROVIDER_LOCATION_ID"] = location_id
        return self.get("/catalog", **headers)

    def post(self, path: str, body: Any) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"{BASE}{path}", content, content_type="application/json", **self.headers
        )

    def order(self, **fields: Any) -> Any:
        """Send `order.created` with these fields in its object."""
        return self.post("/orders", {"type": "order.created", "object": fields})

    def event(self, event_type: str, **fields: Any) -> Any:
        return self.post("/orders", {"type": event_type, "object": fields})
