"""Kitchen staff who switch dishes off and on over REST (docs/architecture.md)."""

import contextlib
import http.client
import json
from itertools import count

from django.test import Client

from benchmarks.data.menus import Menu
from benchmarks.results.measures import NotMeasured
from catalog.models import ItemFamily
from tests.support import factories

_CSRF = "b" * 32


def session_of(menu: Menu) -> str:
    """Sign in a member of the kitchen staff and return the session id."""
    client = Client()
    client.force_login(
        factories.user(menu.merchant, "kitchen"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client.cookies["sessionid"].value


class Screens:
    """A signed-in client; `switched` counts the switches."""

    def __init__(self, port: int, menu: Menu) -> None:
        self._port, self._location = port, menu.location.provider_id
        self._headers = {
            "Cookie": f"sessionid={session_of(menu)}; csrftoken={_CSRF}",
            "X-CSRFToken": _CSRF,
            "Content-Type": "application/json",
        }
        families = ItemFamily.objects.filter(merchant=menu.merchant).order_by("pk")
        self._families = list(families[:10])
        self._steps = count()
        self.switched = 0

    def next_switch(self) -> tuple[ItemFamily, bool]:
        """Return the next dish and state: ten dishes go off one by one, then on again."""
        step = next(self._steps)
        return self._families[step % len(self._families)], bool(step // len(self._families) % 2)

    def switch(self, family: ItemFamily, *, is_active: bool) -> None:
        path = f"/api/v1/locations/{self._location}/availability/{family.provider_id}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            connection.request("PUT", path, json.dumps({"is_active": is_active}), self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise NotMeasured(f"A switch was answered {answer.status}: {answer.read()!r}")
        self.switched += 1
