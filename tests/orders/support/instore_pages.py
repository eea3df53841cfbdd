"""A staff member's browser, without JavaScript, on the order entry pages."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from django.test import Client

from orders.models import Order

NEW, DISH, LINE, FINISH = (f"/board/new/{page}" for page in ("", "dish/", "line/", "finish/"))
HERE = {"location": "loc_downtown"}
ADDRESS = {"street": "5 Main St, Apt 4", "city": "Austin", "state": "TX", "postal_code": "78701"}
PERSON = {"name": "Ann", "phone": "(512) 555-0100"}


class Counter:
    """A browser on the order entry pages."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def menu(self, **query: str) -> Any:
        return self.client.get(NEW, HERE | query)

    def add(self, family: str, **fields: Any) -> Any:
        """Add a dish; fields are named as in the form."""
        return self.client.post(DISH, HERE | {"family": family, "quantity": "1"} | fields)

    def finish(self) -> Any:
        return self.client.get(FINISH, HERE)

    def form(self, **fields: Any) -> dict[str, Any]:
        """Return the checkout form, filled in."""
        shown = self.finish().content.decode()
        hidden = {name: value_of(shown, name) for name in ("key", "total")}
        return HERE | hidden | {"how": "pickup", "paid": "paid", "do": "place"} | fields

    def place(self, **fields: Any) -> Any:
        return self.client.post(FINISH, self.form(**fields))

    def placed(self, **fields: Any) -> Order:
        """Place the order, and return it."""
        answer = self.place(**fields)
        assert answer.status_code == 302, answer.content.decode()
        return Order.objects.get(pk=answer["Location"].split("/")[-2])


def value_of(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match, f"{name} is not on the page"
    return unescape(match[1])


def counter_of(browser_client: Callable[[Any], Client], user: Any) -> Counter:
    return Counter(browser_client(user))
