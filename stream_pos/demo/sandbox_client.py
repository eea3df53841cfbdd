"""Calls to the sandbox's API."""

import time
from typing import Any

import requests


class StepFailed(Exception):
    """A step did not succeed; the message states the expected and the actual result."""


class SandboxClient:
    """Call only the sandbox's API; the sandbox calls the POS as Stream would."""

    def __init__(self, sandbox_url: str) -> None:
        self._url = sandbox_url
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str) -> dict[str, Any]:
        return _checked(self._session.get(f"{self._url}/api/{path}", timeout=30))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _checked(self._session.post(f"{self._url}/api/{path}", json=body, timeout=60))

    def next_webhook(self, since: int, event_type: str, location_id: str) -> dict[str, Any]:
        """Wait for a webhook of this type, and check its signature and its shape."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            for webhook in self.get(f"webhooks?since={since}")["webhooks"]:
                subject = webhook["object"] or {}
                if (webhook["type"], subject.get("location_id")) == (event_type, location_id):
                    expect(webhook["signature_valid"], True, "the webhook's signature")
                    expect(webhook["problems"], [], "the problems of the webhook")
                    match: dict[str, Any] = webhook
                    return match
            time.sleep(0.1)
        raise StepFailed(f"No {event_type} for {location_id} arrived within 15 s.")


def expect(actual: Any, expected: Any, subject: str) -> None:
    """Raise StepFailed unless the values are equal."""
    if actual != expected:
        raise StepFailed(f"Expected {subject} to be {expected!r}, but it is {actual!r}.")


def _checked(response: requests.Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.status_code != 200:
        raise StepFailed(f"{answer.get('error')} {answer.get('problems') or ''}".strip())
    if answer.get("problems"):
        raise StepFailed(f"The POS violates the contract: {answer['problems']}")
    return answer
