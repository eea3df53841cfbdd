"""A person at the dispatch page: signs in, and presses what the page shows."""

import re
import time

import requests

from .sandbox_client import StepFailed

_COLUMN = re.compile(r'id="column-(\w+)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CHOICE = re.compile(r'name="delivery"\s+value="([^"]+)"')
_DRIVER = re.compile(r'<option value="(\d+)">([^<]+)</option>')
_SECONDS = 15


class DispatchPage:
    def __init__(self, pos_url: str) -> None:
        self.url = f"{pos_url}/dispatch/"
        self._sign_in_url = f"{pos_url}/account/sign-in/"
        self._session = requests.Session()
        self._session.trust_env = False

    def sign_in(self, email: str, password: str) -> None:
        fields = {"username": email, "password": password}
        page = self._post(self._sign_in_url, self._get(self._sign_in_url), fields)
        if "/sign-in/" in page.url:
            raise StepFailed(f"{email} could not sign in at {self._sign_in_url}.")

    def wait_for(self, number: str, column: str) -> None:
        """Wait until the page shows the order with this number in this column."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if _find(self._get(f"{self.url}deliveries/"), number)[0] == column:
                return
            time.sleep(0.1)
        raise StepFailed(f"{number} was not under {column!r} at {self.url} within {_SECONDS} s.")

    def assign(self, number: str) -> str:
        """Assign the first driver of the list to the order, and return the driver's name."""
        page = self._get(self.url)
        driver, choice = _DRIVER.search(page), _CHOICE.search(_find(page, number)[1])
        if not choice or not driver:
            raise StepFailed(f"{self.url} offers no driver for {number}.")
        fields = {"delivery": choice[1], "driver": driver[1]}
        self._post(f"{self.url}assign/", page, fields)
        return driver[2]

    def _get(self, url: str) -> str:
        response = self._session.get(url, timeout=30)
        if response.status_code != 200:
            raise StepFailed(f"{url} answered {response.status_code}.")
        return response.text

    def _post(self, url: str, page: str, fields: dict[str, str]) -> requests.Response:
        token = _TOKEN.search(page)
        if token is None:
            raise StepFailed(f"The page before {url} has no form.")
        form = {"csrfmiddlewaretoken": token[1], **fields}
        response = self._session.post(url, data=form, headers={"Referer": url}, timeout=30)
        if response.status_code != 200:
            raise StepFailed(f"{url} answered {response.status_code}.")
        return response


def _find(page: str, number: str) -> tuple[str, str]:
    """Return the column and the card of the order with this number; empty without one."""
    column = ""
    for part in page.split("<article"):
        card = part.partition("</article>")[0]
        if f'data-number="{number}"' in card:
            return column, card
        column = next(iter(_COLUMN.findall(part)[-1:]), column)
    return "", ""
