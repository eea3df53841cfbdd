"""One POST to Stream: signed, with a time limit, no redirects, nothing from the environment."""

import contextlib
import threading
import time
from dataclasses import dataclass

import requests
import urllib3
from django.conf import settings

from .signing import signature

EXCERPT_BYTES = 1024
EXCERPT_SECONDS = 1
_local = threading.local()


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or an error when nothing did."""

    status_code: int | None = None
    excerpt: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def may_be_tried_again(self) -> bool:
        """No answer, a busy or broken server, or a redirect that is refused; not other 4xx."""
        status = self.status_code
        return status is None or not 400 <= status < 500 or status in (408, 425, 429)


def post_signed(body: str) -> Answer:
    """Sends exactly these bytes to STREAM_WEBHOOK_URL; every failure is an Answer, never raised."""
    content = body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Stream-POS/0.1",
        "Stream-Webhook-Signature": signature(
            content,
            secret=settings.STREAM_WEBHOOK_SECRET,
            encoding=settings.STREAM_WEBHOOK_SIGNATURE_ENCODING,
        ),
    }
    try:
        with _session().post(
            settings.STREAM_WEBHOOK_URL,
            data=content,
            headers=headers,
            timeout=settings.WEBHOOK_TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(response.status_code, _beginning(response))
    except (requests.RequestException, OSError, ValueError) as error:
        return Answer(error=f"{type(error).__name__}: {error}"[:200])
    except Exception as error:  # noqa: BLE001  # urllib3's own errors while reading the excerpt.
        return Answer(error=f"{type(error).__name__}: {error}"[:200])


def _beginning(response: requests.Response) -> str:
    """The body means nothing to us: it may be endless, drip or break off; the status counts."""
    excerpt = b""
    deadline = time.monotonic() + EXCERPT_SECONDS
    with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
        while len(excerpt) < EXCERPT_BYTES and time.monotonic() < deadline:
            piece = response.raw.read1(EXCERPT_BYTES - len(excerpt), decode_content=False)
            if not piece:
                break
            excerpt += piece
    return excerpt.decode("utf-8", "replace")


def _session() -> requests.Session:
    """One per thread: requests does not promise that a session may be shared."""
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.trust_env = False  # No proxies and no credentials from the environment.
    return session
