"""The merchant whose orders must not suffer: one location accepts itself, one asks staff."""

import json
import secrets
from datetime import timedelta

from django.db.models import F

from integration.models import Merchant
from orders.models import Order
from tests.orders.support import stream_orders
from tests.support import factories

from .load import Call

_AGED = timedelta(seconds=35)  # Staff have 45.


class Restaurant:
    """A merchant with a menu, two connected locations and a token."""

    def __init__(self) -> None:
        self.merchant: Merchant = factories.merchant(name="Other merchant")
        stream_orders.make_menu(self.merchant)
        self.automatic = factories.location(
            self.merchant, provider_id=f"loc_{secrets.token_hex(8)}"
        )
        self.manual = factories.location(
            self.merchant, name="By staff", provider_id=f"loc_{secrets.token_hex(8)}",
            acceptance_mode="manual",
        )  # fmt: skip
        for location in (self.automatic, self.manual):
            factories.connect(location)
        self.token: str = factories.access_token(factories.user(self.merchant)).raw
        self._run = secrets.token_hex(4)

    def call(self, number: int) -> Call:
        return self._order(self.automatic.provider_id, self.mark(number))

    def waiting_call(self, number: int) -> Call:
        """Return an order that waits for staff."""
        return self._order(self.manual.provider_id, f"waiting-{self._run}-{number}")

    def mark(self, number: int) -> str:
        return f"{self._run}-{number}"

    def age_waiting(self) -> None:
        """Make the waiting orders 35 seconds older, so that a run need not last for 45."""
        waiting = Order.objects.filter(location=self.manual, state="pending")
        waiting.update(created_at=F("created_at") - _AGED)

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
