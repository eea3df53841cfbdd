"""Requests and replies without sockets, and the checks every request must pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.errors import SandboxError
from sandbox.wire import jsontext

OWN_HOSTS = ("127.0.0.1", "localhost")
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return str(self.headers.get("Content-Type", "")).split(";")[0].strip().lower()

    def json_object(self) -> dict[str, Any]:
        """Parse the body as a JSON object; an empty body is an empty object."""
        if not self.body:
            return {}
        # A page of another origin can post any content type but this one without a preflight.
        if self.content_type != JSON_TYPE:
            raise SandboxError("Send the body as Content-Type: application/json.", status=415)
        try:
            value = jsontext.parse(self.body)
        except ValueError as error:
            raise SandboxError(str(error)) from None
        if not isinstance(value, dict):
            raise SandboxError("The body must be a JSON object.")
        return value

    def form(self) -> dict[str, str]:
        if self.content_type != FORM_TYPE:
            raise SandboxError("Send the form as application/x-www-form-urlencoded.", status=415)
        try:
            return single_values(self.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise SandboxError("The form is not UTF-8.") from None


@dataclass(frozen=True)
class Reply:
    """An answer; with status 0 the connection is closed without one."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, jsontext.dump(value).encode(), JSON_TYPE, headers)


def redirect(url: str, **headers: str) -> Reply:
    return Reply(303, b"", "text/plain", {"Location": url, **headers})


def single_values(query: str) -> dict[str, str]:
    """Return the last value of every name."""
    try:
        parsed = parse_qs(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise SandboxError("There are too many fields.") from None
    return {name: values[-1] for name, values in parsed.items()}


def check_host(headers: Message) -> None:
    """Refuse foreign host names that resolve to 127.0.0.1 (DNS rebinding)."""
    hosts = headers.get_all("Host") or []
    if len(hosts) != 1 or _hostname(f"//{hosts[0]}") not in OWN_HOSTS:
        raise SandboxError("The sandbox answers only on 127.0.0.1 and localhost.", status=403)


def check_origin(headers: Message) -> None:
    """Refuse a browser's POST unless it comes from our own page."""
    origin = headers.get("Origin")
    host = str(headers.get("Host", "")).lower()
    if origin is not None and origin.lower() != f"http://{host}":
        raise SandboxError("This request comes from another site's page.", status=403)


def _hostname(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if not (parts.username or parts.path) else None
    except ValueError:
        return None
