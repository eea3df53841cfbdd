"""Requests of people who mean harm: strangers who sign in, and a manager's browser."""

import http.client
import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import requests
from django.test import Client
from django.urls import reverse

from catalog.models import Location
from integration.models import Merchant
from tests.support import factories
from tests.support.admin_forms import filled

NO_ANSWER = 0
_TIMEOUT_SECONDS = 15
_STRANGERS = 16
_SIGN_IN = ("/account/sign-in/", "/admin/login/")
_TRIES_PER_ADDRESS = 30  # The next try of the minute would be refused before hashing.
_BLANKS = "a" + 32_000 * " " + "b"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in(port: int, seconds: float) -> Counter[int]:
    """Try to sign in as nobody from ever new addresses; return the statuses answered."""
    numbers = itertools.count()

    def attempt(thread: int) -> int:
        number = next(numbers)
        address = f"127.{1 + thread}.{number // _TRIES_PER_ADDRESS % 250}.1"
        return _attempt(port, address, _SIGN_IN[thread % len(_SIGN_IN)], number)

    return _together(_STRANGERS, seconds, attempt)


def _attempt(port: int, address: str, path: str, number: int) -> int:
    token = secrets.token_hex(16)  # Django compares the cookie and the header.
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=_TIMEOUT_SECONDS, source_address=(address, 0)
    )
    form = urlencode({"username": f"nobody-{number}@example.com", "password": "a wrong one"})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={token}",
        "X-CSRFToken": token,
    }
    try:
        connection.request("POST", path, form, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return NO_ANSWER
    finally:
        connection.close()


class Manager:
    """A manager of a merchant of their own, with a browser."""

    def __init__(self, port: int) -> None:
        self.merchant: Merchant = factories.merchant(name="Hostile merchant")
        self.location: Location = factories.location(self.merchant, name="Hostile location")
        self._inside = Client(SERVER_NAME="127.0.0.1")
        self._inside.force_login(factories.user(self.merchant, "manager"), backend=_BACKEND)
        self._token = secrets.token_hex(16)
        self._address = f"http://127.0.0.1:{port}"

    def post(self, path: str, data: Any, files: Any = None) -> requests.Response | None:
        """Post a form; return None without an answer."""
        cookies = {name: one.value for name, one in self._inside.cookies.items()}
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.post(
                    self._address + path,
                    data=data,
                    files=files,
                    cookies=cookies | {"csrftoken": self._token},
                    headers={"X-CSRFToken": self._token},
                    allow_redirects=False,
                    timeout=_TIMEOUT_SECONDS,
                )
            except requests.RequestException:
                return None

    def post_hours(self, seconds: float) -> Counter[int]:
        """Post hours that are mostly blanks, six at once; return the statuses answered."""
        page = reverse("admin:catalog_location_change", args=[self.location.pk])
        form = filled(self._inside.get(page)) | {
            "week_monday": _BLANKS,
            "special_days_date": ["2036-12-31", ""],
            "special_days_hours": [_BLANKS, ""],
        }

        def attempt(thread: int) -> int:
            answer = self.post(page, form)
            return NO_ANSWER if answer is None else answer.status_code

        return _together(6, seconds, attempt)


def _together(threads: int, seconds: float, attempt: Callable[[int], int]) -> Counter[int]:
    """Repeat the attempt in each thread until the time is up."""
    deadline = time.monotonic() + seconds
    statuses: Counter[int] = Counter()

    def work(thread: int) -> None:
        while time.monotonic() < deadline:
            statuses[attempt(thread)] += 1

    running = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return statuses
