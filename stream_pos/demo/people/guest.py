"""A guest at the order page, without JavaScript."""

import time
from html import unescape

from sandbox.stream.htmlforms import Form, parse_page

from ..sandbox_client import StepFailed
from .page_session import PageSession

_SECONDS = 20


class Guest(PageSession):
    """Orders at a store; `url` is the order's own page afterwards."""

    def __init__(self, pos_url: str, store_id: str) -> None:
        super().__init__(pos_url)
        self.store_url = f"{pos_url}/order/{store_id}/"
        self.url = ""

    def order(self, dish: str, name: str, phone: str) -> None:
        """Put a dish into the cart as the page offers it, and place the order."""
        dish_url = self._dish_url(dish)
        page = self.get(dish_url)
        self.post(dish_url.partition("?")[0], page, _preset(page, "quantity"))
        self.get(f"{self.store_url}cart/")
        details_url = f"{self.store_url}details/"
        page = self.get(details_url)
        fields = _preset(page, "phone") | {"name": name, "phone": phone}
        answer = self.post(details_url, page, fields)
        if "/placed/" not in answer.url:
            raise StepFailed(f"{details_url} did not take the order of {name}.")
        self.url = answer.url

    def wait_for(self, text: str) -> None:
        """Wait until the order's page says this."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if text in self.get(self.url):
                return
            time.sleep(0.2)
        raise StepFailed(f"{self.url} did not say {text!r} within {_SECONDS} s.")

    def _dish_url(self, dish: str) -> str:
        for link in self.get(self.store_url).split('href="')[1:]:
            address, _, label = link.partition('"')
            if "/dish/" in address and dish in unescape(label.partition("</a>")[0]):
                return f"{self.pos_url}{unescape(address)}"
        raise StepFailed(f"{self.store_url} does not offer {dish}.")


def _preset(page: str, field: str) -> dict[str, str]:
    """Return what the form with this field sends when nothing is changed, without the token."""
    for form in parse_page(page).forms:
        if any(one.name == field for one in form.fields):
            return _submission(form)
    raise StepFailed(f"The page has no form with the field {field}.")


def _submission(form: Form) -> dict[str, str]:
    sent = dict(form.submission(None))
    sent.pop("csrfmiddlewaretoken", None)
    return sent
