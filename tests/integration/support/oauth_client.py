"""Helpers that play Stream and a merchant's browser during an authorization, over HTTP."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from django.conf import settings
from django.test import Client

BASE = "/stream-pos/v1"
CLIENT_ID = "stream-development"
REDIRECT_URI = "http://127.0.0.1:9000/oauth/callback"
ALL_SCOPES = "locations:read catalog:read orders:write connection:write"


def authorize_url(base: str = BASE, **changes: str | None) -> str:
    """Return a valid authorize URL with these parameters changed; None omits one."""
    query: dict[str, str | None] = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "state": "s-1",
    }
    kept = {name: value for name, value in {**query, **changes}.items() if value is not None}
    return f"{base}/authorize?{urlencode(kept)}"


def returned(response: Any) -> dict[str, str]:
    """Return the parameters of the redirect; assert that it goes to the redirect URI."""
    assert response.status_code == 302, response.status_code
    location = response["Location"]
    assert location.startswith(REDIRECT_URI + "?"), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def allow(browser: Client, base: str = BASE, **changes: str | None) -> str:
    """Give consent and return the code."""
    return returned(browser.post(authorize_url(base, **changes), {"allow": "true"}))["code"]


def credentials() -> dict[str, str]:
    return {"client_id": CLIENT_ID, "client_secret": settings.STREAM_CLIENT_SECRET}


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """Return the header of HTTP Basic authentication, for the test client."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}".encode()
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(pair).decode()}


def ask_for_tokens(body: Any, *, base: str = BASE, **headers: Any) -> Any:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    headers.setdefault("content_type", "application/json")
    return Client(SERVER_NAME="127.0.0.1").post(f"{base}/token", content, **headers)


def code_body(code: str, **changes: Any) -> dict[str, Any]:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    return without_none({**fields, **credentials(), **changes})


def refresh_body(refresh_token: str, **changes: Any) -> dict[str, Any]:
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return without_none({**fields, **credentials(), **changes})


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def refresh(refresh_token: str, **changes: Any) -> dict[str, Any]:
    """Refresh, assert success and return the answer."""
    response = ask_for_tokens(refresh_body(refresh_token, **changes))
    assert response.status_code == 201, response.content
    return dict(response.json())


def opens(access_token: str) -> bool:
    """Return True if the access token is accepted."""
    response = Client(SERVER_NAME="127.0.0.1").get(
        f"{BASE}/locations", HTTP_AUTHORIZATION=f"Bearer {access_token}"
    )
    assert response.status_code in (200, 401), response.content
    return bool(response.status_code == 200)


def csrf_token_in(response: Any) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())
    assert match, "The page has no form with a CSRF token."
    return match[1]
