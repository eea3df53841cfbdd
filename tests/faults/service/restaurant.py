"""The merchant whose orders must not suffer: one location accepts itself, two ask staff."""

import json
import secrets
from datetime import timedelta

from django.db.models import F

from catalog.models import Location
from integration.models import Merchant
from orders.models import Order
from tests.orders.support import stream_orders
from tests.support import factories

from .flood import NUMBER
from .load import Call

_AGED = timedelta(seconds=35)  # Staff have 45.


class Restaurant:
    """A merchant with a menu, three connected locations and a token."""

    def __init__(self) -> None:
        self.merchant: Merchant = factories.merchant(name="Other merchant")
        stream_orders.make_menu(self.merchant)
        # First: a running worker disconnects a location whose merchant has no authorization.
        self.token: str = factories.access_token(factories.user(self.merchant)).raw
        self.automatic = self._location("Automatic")
        self.manual = self._location("Without staff", acceptance_mode="manual")
        self.staffed = self._location("With staff", acceptance_mode="manual")
        self._run = secrets.token_hex(4)

    def call(self, number: int) -> Call:
        return self._order(self.automatic.provider_id, self.mark(number))

    def request_text(self) -> str:
        """Return an order as sent, with flood.NUMBER for its number."""
        call = self._order(self.automatic.provider_id, f"{self._run}-{NUMBER}")
        assert call.body is not None
        headers = call.headers | {"Host": "127.0.0.1", "Content-Length": str(len(call.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{call.method} {call.path} HTTP/1.1\r\n{head}\r\n{call.body.decode()}"

    def waiting_call(self, number: int) -> Call:
        """Return an order that waits for staff, who do not come."""
        return self._order(self.manual.provider_id, f"waiting-{self._run}-{number}")

    def staffed_call(self, number: int) -> Call:
        """Return an order that staff will accept."""
        return self._order(self.staffed.provider_id, f"staffed-{self._run}-{number}")

    def read(self, number: int) -> Call:
        """Return one of Stream's other calls."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if number % 2:
            return Call("GET", "/stream-pos/v1/locations", headers=headers)
        headers["X-Provider-Location-Id"] = self.automatic.provider_id
        return Call("GET", "/stream-pos/v1/catalog", headers=headers)

    def mark(self, number: int) -> str:
        return f"{self._run}-{number}"

    def age_waiting(self) -> None:
        """Make the waiting orders 35 seconds older, so that a run need not last for 45."""
        waiting = Order.objects.filter(location=self.manual, state="pending")
        waiting.update(created_at=F("created_at") - _AGED)

    def _location(self, name: str, **fields: str) -> Location:
        provider_id = f"loc_{secrets.token_hex(8)}"
        location = factories.location(self.merchant, name=name, provider_id=provider_id, **fields)
        factories.connect(location)
        return location

    def _order(self, location_id: str, mark: str) -> Call:
        order = stream_orders.order(
            stream_orders.line("fam_burger", 1000),
            idempotency_key=mark,
            source="uber",
            location_id=location_id,
            dsp_order_id=mark,
        )
        body = json.dumps({"type": "order.created", "object": order}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return Call("POST", "/stream-pos/v1/orders", body, headers)
