"""Stream's requests to an ordering channel (contract DSP-AUTH, -TOK, -LOC, -CON, -EV)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.config import SandboxConfig

from . import jsontext
from .transport import Answer, Transport


class ChannelClient:
    """Each method sends one request and returns the answer unchecked."""

    def __init__(self, config: SandboxConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport

    def authorize_url(self, state: str) -> str:
        query = {
            "client_id": self._config.channel.client_id,
            "response_type": "code",
            "redirect_uri": self._config.channel_redirect_uri,
            "state": state,
        }
        return f"{self._url('authorize')}?{urlencode(query)}"

    def exchange(self, code: str) -> Answer:
        """Exchange a code; the redirect URI is not repeated in this role."""
        return self._token({"grant_type": "authorization_code", "code": code})

    def refresh(self, refresh_token: str) -> Answer:
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def stores(self, access_token: str) -> Answer:
        return self._transport.send("GET", self._url("locations"), _bearer(access_token))

    def connection(self, access_token: str, method: str, store_id: str) -> Answer:
        """DSP-CON: GET queries, POST connects, DELETE disconnects."""
        url = self._url("locations/connection")
        if method == "GET":
            query = f"?location_id={quote(store_id, safe='')}"
            return self._transport.send("GET", url + query, _bearer(access_token))
        return self._send(method, url, {"location_id": store_id}, _bearer(access_token))

    def event(self, access_token: str, body: bytes) -> Answer:
        headers = {**_bearer(access_token), "Content-Type": "application/json"}
        return self._transport.send("POST", self._url("event"), headers, body)

    def _token(self, fields: Mapping[str, str]) -> Answer:
        credentials = {
            "client_id": self._config.channel.client_id,
            "client_secret": self._config.channel.client_secret,
        }
        return self._send(
            "POST", self._url("token"), {**fields, **credentials}, {"Accept": "application/json"}
        )

    def _send(
        self, method: str, url: str, value: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Answer:
        all_headers = {**headers, "Content-Type": "application/json"}
        return self._transport.send(method, url, all_headers, jsontext.dump(value).encode())

    def _url(self, route: str) -> str:
        return f"{self._config.channel_url}/{route}"


def _bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
