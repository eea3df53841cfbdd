"""Receive the POS's webhooks and verify their signatures (WH)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.checks.webhook_checks import webhook_problems
from sandbox.records import Behaviour, ReceivedWebhook
from sandbox.state import State, now_ms
from sandbox.wire import jsontext

SIGNATURE_HEADER = "Stream-Webhook-Signature"
MAX_WEBHOOK_BYTES = 1024 * 1024
HIDDEN_HEADERS = ("authorization", "cookie", "proxy-authorization")


def signature(body: bytes, secret: str, encoding: str) -> str:
    """Return the HMAC-SHA256 of the exact bytes as lowercase hex or standard base64."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def is_signed(body: bytes, presented: Sequence[str], secret: str, encoding: str) -> bool:
    """Verify the signature; `presented` holds all header values, and exactly one is allowed."""
    if len(presented) != 1:
        return False
    # Bytes, because compare_digest rejects non-ASCII text.
    expected = signature(body, secret, encoding).encode()
    return hmac.compare_digest(expected, presented[0].strip().encode("utf-8", "replace"))


# Takes the type and object of an accepted webhook, returns problems that only its context shows.
Observer = Callable[[str, Mapping[str, Any]], tuple[str, ...]]


class Receiver:
    def __init__(
        self,
        secret: str,
        encoding: str,
        state: State,
        stopping: threading.Event,
        observe: Observer,
    ) -> None:
        self._secret = secret
        self._encoding = encoding
        self._state = state
        self._stopping = stopping
        self._observe = observe

    def receive(
        self, slug: str, headers: Mapping[str, str], presented: Sequence[str], body: bytes
    ) -> int:
        """Record the delivery as it arrived and return the status to answer with."""
        received_at = now_ms()
        valid = is_signed(body, presented, self._secret, self._encoding)
        planned = self._state.take_behaviour()
        status = _status(valid, planned)
        parsed = jsontext.parse_or_none(body)
        event = parsed if isinstance(parsed, dict) else {}
        kind, subject = event.get("type"), event.get("object")
        problems = webhook_problems(parsed)
        if valid and 200 <= status < 300 and isinstance(kind, str) and isinstance(subject, dict):
            problems += self._observe(kind, subject)
        self._state.webhooks.add(
            ReceivedWebhook(
                slug=slug,
                received_at=received_at,
                type=kind if isinstance(kind, str) else None,
                object=subject,
                body=body.decode("utf-8", "replace"),
                body_bytes=len(body),
                headers=shown_headers(headers),
                signature_valid=valid,
                answered=status,
                problems=problems,
            )
        )
        if planned is not None and planned.delay_seconds:
            self._stopping.wait(planned.delay_seconds)
        return status


def _status(valid: bool, planned: Behaviour | None) -> int:
    if planned is not None and planned.status is not None:
        return planned.status
    return 200 if valid else 401


def shown_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: "…" if name.lower() in HIDDEN_HEADERS else str(value)
        for name, value in headers.items()
    }
