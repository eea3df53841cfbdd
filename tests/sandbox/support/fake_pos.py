"""A minimal POS that follows the contract unless a test changes its behavior."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .sample_catalog import catalog

EMAIL, PASSWORD = "owner@example.com", "correct horse"
EVENTS_PATH, EVENTS_SECRET = "/stream-events/v1/events", "events-secret-of-the-tests"
CLIENT_ID, CLIENT_SECRET = "stream-client", "stream-secret-of-the-tests"
SIGN_IN = """<title>Sign in</title>
<form action="/language"><select name="lang"><option value="en" selected>en</select></form>
<form method="POST"><input type=hidden name=csrf value="{csrf}">
<input type="hidden" name="next" value="{next}"><input type="email" name="who">
<input type="password" name="phrase"><input type="checkbox" name="remember">
<button>Sign in</button></form>"""
CONSENT = """<title>Stream wants access</title>
<form method="post" action="/decide"><input type="hidden" name="csrf" value="{csrf}" />
<input type="hidden" name="query" value="{query}"/>
<button name="deny" value="1">Deny</button><input type="submit" name="allow" value="Allow"></form>
"""


class FakePos(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler or FakeHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.catalog = catalog()
        self.token_status = 201
        self.token_changes: dict[str, Any] = {}
        self.consent_headers: dict[str, str] = {}
        self.sends_state = True
        self.order_answer: tuple[int, Any] = (
            200,
            {"order": {"provider_id": "o-1", "prep_time_minutes": 15}},
        )
        self.event_status = 201
        self.before_answer: Callable[[], None] = lambda: None  # Of an order.
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.signed_in: set[str] = set()
        self.codes: set[str] = set()
        self.csrf = secrets.token_hex(8)
        self.tokens_issued = 0
        self.disconnected: set[str] = set()

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def order_bodies(self) -> list[Any]:
        return [json.loads(body) for _, path, _, body in self.requests if path.endswith("/orders")]

    def events(self) -> list[Any]:
        return [json.loads(body) for body in self.event_bodies()]

    def event_bodies(self) -> list[bytes]:
        return [body for _, path, _, body in self.requests if path == EVENTS_PATH]

    def tokens(self) -> dict[str, Any]:
        self.tokens_issued += 1
        now = time.time_ns() // 1_000_000
        return {
            "access_token": f"access-token-number-{self.tokens_issued}",
            "refresh_token": f"refresh-token-number-{self.tokens_issued}",
            "token_type": "Bearer",
            "expires_in": 604800,
            "scope": "locations:read catalog:read orders:write connection:write",
            "expire_time": now + 604800 * 1000,
            "refresh_token_expire_time": now + 365 * 86_400_000,
            "id": "m-1",
            "email": EMAIL,
            "sso_details": {"email": EMAIL, "full_name": "Pat Owner"},
            **self.token_changes,
        }


class FakeHandler(BaseHTTPRequestHandler):
    server: FakePos
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def do_DELETE(self) -> None:
        self._route()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _route(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.parts = urlsplit(self.path)
        self.server.requests.append((self.command, self.parts.path, dict(self.headers), self.body))
        self._routes()[self.parts.path]()

    def _routes(self) -> dict[str, Callable[[], None]]:
        return {
            "/stream-pos/v1/authorize": self._authorize,
            "/login": self._login,
            "/decide": self._decide,
            "/stream-pos/v1/token": self._token,
            "/stream-pos/v1/locations": self._locations,
            "/stream-pos/v1/locations/connection": self._connection,
            "/stream-pos/v1/catalog": self._catalog,
            "/stream-pos/v1/orders": self._orders,
            EVENTS_PATH: self._event,
        }

    def _authorize(self) -> None:
        if self._visitor() not in self.server.signed_in:
            return self._send(302, Location="/login?" + urlencode({"next": self.path}))
        self._page(
            CONSENT.format(csrf=self.server.csrf, query=self.parts.query.replace("&", "&amp;")),
            **self.server.consent_headers,
        )

    def _login(self) -> None:
        if self.command == "GET":
            target = parse_qs(self.parts.query)["next"][0].replace("&", "&amp;")
            cookie = f"visitor={secrets.token_hex(8)}; HttpOnly"
            page = SIGN_IN.format(csrf=self.server.csrf, next=target)
            return self._page(page, **{"Set-Cookie": cookie})
        fields = self._fields()
        assert set(fields) == {"csrf", "next", "who", "phrase"}
        if (fields["who"], fields["phrase"]) != (EMAIL, PASSWORD):
            return self._page(SIGN_IN.format(csrf=self.server.csrf, next=fields["next"]))
        self.server.signed_in.add(self._visitor())
        self._send(302, Location=fields["next"])

    def _decide(self) -> None:
        fields = self._fields()
        query = parse_qs(fields["query"])
        code = secrets.token_hex(8)
        self.server.codes.add(code)
        answer = {"code": code} if "allow" in fields else {"error": "access_denied"}
        if self.server.sends_state:
            answer["state"] = query["state"][0]
        self._send(302, Location=f"{query['redirect_uri'][0]}?{urlencode(answer)}")

    def _token(self) -> None:
        request = json.loads(self.body)
        assert (request["client_id"], request["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        is_exchange = request["grant_type"] == "authorization_code"
        if is_exchange and request["code"] not in self.server.codes:
            return self._json(400, {"error": "invalid_grant"})
        self.server.codes.discard(request.get("code"))
        self._json(self.server.token_status, self.server.tokens(), **{"Cache-Control": "no-store"})

    def _locations(self) -> None:
        address = {
            "address_line_1": "1 Main St",
            "address_line_2": "",
            "city": "Austin",
            "state": "TX",
            "postal_code": "78701",
            "country": "USA",
        }
        location = {"provider_id": "loc-1", "name": "Downtown", "address": address}
        self._json(200, {"locations": [{**location, "connection_status": "connected"}]})

    def _connection(self) -> None:
        if self.command == "GET":
            location_id = parse_qs(self.parts.query)["location_id"][0]
        else:
            location_id = json.loads(self.body)["location_id"]
        if self.command == "DELETE":
            self.server.disconnected.add(location_id)
        if self.command == "POST":
            self.server.disconnected.discard(location_id)
        connected = location_id not in self.server.disconnected
        self._json(200, {"location_id": location_id, "connected": connected})

    def _catalog(self) -> None:
        raw = json.dumps(self.server.catalog).encode()
        etag = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            return self._send(304, ETag=etag)
        headers = {"ETag": etag, "Content-Encoding": "gzip", "Content-Type": "application/json"}
        self._send(200, gzip.compress(raw), **headers)

    def _orders(self) -> None:
        if b'"order.created"' in self.body:
            self.server.before_answer()
            status, answer = self.server.order_answer
            return self._json(status, answer)
        self._json(200, {})

    def _event(self) -> None:
        """Answer as the test wants, but refuse a wrong signature."""
        status = self.server.event_status
        digest = hmac.new(EVENTS_SECRET.encode(), self.body, hashlib.sha256).digest()
        forms = (digest.hex(), base64.b64encode(digest).decode())
        if self.headers["X-Stream-Signature"].removeprefix("sha256=") not in forms:
            status = 401
        self._json(status, "received")

    def _visitor(self) -> str:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("visitor")
        return cookie.value if cookie else ""

    def _fields(self) -> dict[str, str]:
        fields = {name: values[0] for name, values in parse_qs(self.body.decode()).items()}
        assert fields["csrf"] == self.server.csrf
        assert self.headers["Origin"] == self.server.url
        return fields

    def _page(self, text: str, **headers: str) -> None:
        self._send(200, text.encode(), **{"Content-Type": "text/html", **headers})

    def _json(self, status: int, value: Any, **headers: str) -> None:
        body = json.dumps(value).encode()
        self._send(status, body, **{"Content-Type": "application/json", **headers})

    def _send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
