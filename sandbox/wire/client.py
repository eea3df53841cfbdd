"""Stream's requests to a POS (contract: AUTH, TOK, LOC, CON, CAT, ORD-NEW)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.config import BASE_PATH, SandboxConfig

from . import jsontext
from .transport import Answer, Transport


class PosClient:
    """Each method sends one request and returns the answer unchecked."""

    def __init__(self, config: SandboxConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport

    def authorize_url(self, state: str) -> str:
        query = {
            "client_id": self._config.client_id,
            "response_type": "code",
            "redirect_uri": self._config.redirect_uri,
            "state": state,
        }
        return f"{self._url('authorize')}?{urlencode(query)}"

    def exchange(self, code: str) -> Answer:
        return self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._config.redirect_uri,
            }
        )

    def refresh(self, refresh_token: str) -> Answer:
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def locations(self, access_token: str) -> Answer:
        return self._transport.send("GET", self._url("locations"), _bearer(access_token))

    def connection(self, access_token: str, method: str, location_id: str) -> Answer:
        """CON: GET queries, POST connects, DELETE disconnects."""
        url = self._url("locations/connection")
        if method == "GET":
            query = f"?location_id={quote(location_id, safe='')}"
            return self._transport.send("GET", url + query, _bearer(access_token))
        return self._send_json(method, url, {"location_id": location_id}, _bearer(access_token))

    def catalog(
        self, access_token: str, *, location_id: str = "", merchant_id: str = "", etag: str = ""
    ) -> Answer:
        """CAT: get the catalog of a location or a merchant's global catalog."""
        headers = {**_bearer(access_token), "Accept-Encoding": "gzip"}
        if location_id:
            headers["X-Provider-Location-Id"] = location_id
        if merchant_id:
            headers["X-Provider-Merchant-Id"] = merchant_id
        if etag:
            headers["If-None-Match"] = etag
        return self._transport.send("GET", self._url("catalog"), headers)

    def order_event(self, access_token: str, body: bytes) -> Answer:
        headers = {**_bearer(access_token), "Content-Type": "application/json"}
        return self._transport.send("POST", self._url("orders"), headers, body)

    def _token(self, fields: Mapping[str, str]) -> Answer:
        credentials = {
            "client_id": self._config.client_id,
            "client_secret": self._config.client_secret,
        }
        return self._send_json(
            "POST", self._url("token"), {**fields, **credentials}, {"Accept": "application/json"}
        )

    def _send_json(
        self, method: str, url: str, value: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Answer:
        all_headers = {**headers, "Content-Type": "application/json"}
        return self._transport.send(method, url, all_headers, jsontext.dump(value).encode())

    def _url(self, route: str) -> str:
        return f"{self._config.pos_url}{BASE_PATH}/{route}"


def _bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
