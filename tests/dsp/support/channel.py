"""Helpers that play Stream towards our ordering channel, over HTTP."""

import json
from typing import Any

from django.test import Client

from dsp.client_role import DSP
from dsp.models import Store
from integration.models import Merchant, User
from tests.integration.support.oauth_client import allow, ask_for_tokens
from tests.support import factories

BASE = "/stream-dsp/v1"
CLIENT_ID = "stream-dsp"
SECRET = "the-secret-of-the-channel-0123456789abcdef"
SCOPES = "dsp:locations dsp:connection dsp:events"


def new_store(merchant: Merchant, **fields: Any) -> Store:
    address = {"address_line_1": "1 Main St", "city": "Austin", "state": "TX"}
    place = {"postal_code": "78701", "timezone": "America/Chicago"}
    name = {"name": "Downtown, order ahead"}
    return Store.objects.create(merchant=merchant, **name | address | place | fields)


def exchange(**fields: Any) -> Any:
    """Ask for tokens with these fields, as Stream does: in JSON, without a redirect URI."""
    body = {"client_id": CLIENT_ID, "client_secret": SECRET, **fields}
    return ask_for_tokens(
        {name: value for name, value in body.items() if value is not None}, base=BASE
    )


def authorize(browser: Client, **changes: Any) -> dict[str, Any]:
    """Consent in the browser, exchange the code and return the token answer."""
    code = allow(browser, BASE, client_id=CLIENT_ID, **changes)
    response = exchange(grant_type="authorization_code", code=code)
    assert response.status_code == 200, response.content
    return dict(response.json())


def new_token(owner: User) -> str:
    """Return an access token of the role, as `authorize` does in a twentieth of its time."""
    token = factories.access_token(owner, scope=SCOPES, role=DSP.name, client=DSP.display_name)
    return str(token.raw)


class Channel:
    """Call the endpoints of the role with one merchant's bearer token."""

    def __init__(self, token: str) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"{BASE}{path}", **self.headers)

    def send(self, method: str, path: str, body: Any) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.generic(
            method, f"{BASE}{path}", content, content_type="application/json", **self.headers
        )

    def event(self, body: Any) -> Any:
        return self.send("POST", "/event", body)
