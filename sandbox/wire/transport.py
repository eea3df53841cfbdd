"""Outgoing requests, limited in time and size and without following redirects."""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from sandbox.errors import SandboxError

from . import jsontext

TIMEOUT_SECONDS = (5.0, 30.0)  # Connect, read.
TOTAL_SECONDS = 120.0
MAX_ANSWER_BYTES = 256 * 1024 * 1024  # A catalog of 30,000 families is about 107 MB.
USER_AGENT = "Stream-Sandbox/1.0"


@dataclass(frozen=True)
class Answer:
    """The answer of the POS."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    wire_bytes: int
    milliseconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The parsed body; None if it is not JSON."""
        return jsontext.parse_or_none(self.body)

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class Transport:
    """Keep connections open between calls; one thread at a time uses a Session."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[requests.Session] = queue.LifoQueue(maxsize=16)

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send a request; raise SandboxError (502) if the answer is incomplete."""
        session = self._borrow()
        try:
            return send_with(session, method, url, headers, body)
        finally:
            self._give_back(session)

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _borrow(self) -> requests.Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            session = new_session()
            # Stream keeps no cookies, so a POS that relies on one must fail here.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            return session

    def _give_back(self, session: requests.Session) -> None:
        try:
            self._idle.put_nowait(session)
        except queue.Full:
            session.close()


def new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # No proxies and no .netrc passwords from the environment.
    session.headers["User-Agent"] = USER_AGENT
    return session


def send_with(
    session: requests.Session,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answer:
    started = time.monotonic()
    try:
        with session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = _read(response, deadline=started + TOTAL_SECONDS)
            return Answer(
                status=response.status_code,
                headers=CaseInsensitiveDict(response.headers),
                body=content,
                wire_bytes=response.raw.tell(),
                milliseconds=round((time.monotonic() - started) * 1000, 1),
            )
    except (requests.RequestException, UnicodeError) as error:
        raise SandboxError(f"The POS did not answer: {_reason(error)}.", status=502) from error


def _read(response: requests.Response, *, deadline: float) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(64 * 1024):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise SandboxError("The POS's answer is over 256 MB.", status=502)
        if time.monotonic() > deadline:
            raise SandboxError("The POS's answer took more than two minutes.", status=502)
    return bytes(content)


def _reason(error: Exception) -> str:
    """Describe the error without the URL, whose query may contain a code."""
    if isinstance(error, requests.Timeout):
        return "it took too long"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed or broke off"
    return type(error).__name__
