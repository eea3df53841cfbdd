"""People at a restaurant, who accept each order on the board as soon as they see it."""

import http.client
import threading
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections
from django.test import Client

from integration.models import OutboundEvent
from orders.models import Order
from tests.support import factories

from .load import Load
from .restaurant import Restaurant

_ORDERS_PER_SECOND = 3
_LOOK_EVERY_SECONDS = 0.2
_CSRF_TOKEN = "c" * 32


class Staff:
    """One person with a browser, whose presses the web server turns into events."""

    def __init__(self, restaurant: Restaurant, port: int) -> None:
        self._location = restaurant.staffed
        self._port = port
        self._orders = Load(port, _ORDERS_PER_SECOND, restaurant.staffed_call, threads=6)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        browser = Client()
        backend = "django.contrib.auth.backends.ModelBackend"
        browser.force_login(factories.user(restaurant.merchant), backend=backend)
        session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={_CSRF_TOKEN}"
        self._headers = {"Cookie": cookies, "X-CSRFToken": _CSRF_TOKEN, "HX-Request": "true"}

    def start(self) -> None:
        self._orders.start()
        self._thread.start()

    def stop(self) -> None:
        """Accept what has come until now, and no more."""
        self._orders.stop()
        self._stopping.set()
        self._thread.join(20)

    def latencies(self, arrivals: dict[str, float]) -> list[float]:
        """Return the seconds from each acceptance to its arrival; without one, infinity."""
        events = OutboundEvent.objects.filter(location_id=self._location.provider_id)
        return [
            arrivals.get(str(event.public_id), float("inf")) - event.created_at.timestamp()
            for event in events
        ]

    def _work(self) -> None:
        try:
            while True:
                is_last = self._stopping.wait(_LOOK_EVERY_SECONDS)
                self._accept_all()
                if is_last:
                    return
        finally:
            connections.close_all()

    def _accept_all(self) -> None:
        pending = Order.objects.filter(location=self._location, state="pending")
        try:
            waiting = list(pending.values_list("pk", flat=True))
        except DatabaseError:
            return  # The next look comes soon.
        for order_id in waiting:
            self._accept(order_id)

    def _accept(self, order_id: UUID) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("POST", f"/board/orders/{order_id}/accept/", b"", self._headers)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()
