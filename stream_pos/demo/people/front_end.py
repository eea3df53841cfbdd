"""A front end of the ordering channel: calls `/channel/v1/` with its key (contract DSP-API)."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import requests

from ..sandbox_client import StepFailed

_SECONDS = 20


class FrontEnd:
    def __init__(self, pos_url: str, key: str) -> None:
        self._base = f"{pos_url}/channel/v1"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str) -> dict[str, Any]:
        return _checked(self._session.get(f"{self._base}/{path}", timeout=30))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        url = f"{self._base}/{path}"
        return _checked(self._session.post(url, json=body, headers=headers, timeout=30))

    def wait_for(
        self, path: str, is_so: Callable[[dict[str, Any]], bool], what: str
    ) -> dict[str, Any]:
        """Ask until the answer is as wanted, and return it."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            answer = self.get(path)
            if is_so(answer):
                return answer
            time.sleep(0.1)
        raise StepFailed(f"{path} did not show {what} within {_SECONDS} s.")


def _checked(response: requests.Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.status_code not in (200, 201):
        raise StepFailed(f"{response.url} answered {response.status_code}: {answer}")
    return answer
