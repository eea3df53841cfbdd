"""A person's browser: reads pages, and submits their forms with what they press."""

import re

import requests

from ..sandbox_client import StepFailed

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class PageSession:
    def __init__(self, pos_url: str) -> None:
        self.pos_url = pos_url
        self._session = requests.Session()
        self._session.trust_env = False

    def sign_in(self, email: str, password: str) -> None:
        url = f"{self.pos_url}/account/sign-in/"
        page = self.post(url, self.get(url), {"username": email, "password": password})
        if "/sign-in/" in page.url:
            raise StepFailed(f"{email} could not sign in at {url}.")

    def get(self, url: str) -> str:
        """Return the page's text. Raises StepFailed unless it is answered 200."""
        response = self._session.get(url, timeout=30)
        if response.status_code != 200:
            raise StepFailed(f"{url} answered {response.status_code}.")
        return response.text

    def post(self, url: str, page: str, fields: dict[str, str]) -> requests.Response:
        """Submit the fields with the token of the page that has the form; follow redirects."""
        token = _TOKEN.search(page)
        if token is None:
            raise StepFailed(f"The page before {url} has no form.")
        form = {"csrfmiddlewaretoken": token[1], **fields}
        response = self._session.post(url, data=form, headers={"Referer": url}, timeout=30)
        if response.status_code != 200:
            raise StepFailed(f"{url} answered {response.status_code}.")
        return response
