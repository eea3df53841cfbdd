"""The API of the Stream Events role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.core import Sandbox
from sandbox.errors import SandboxError
from sandbox.events.role import Wish
from sandbox.events.signatures import FORMS
from sandbox.events.stories import ARRANGEMENTS, ENDS
from sandbox.wire.inputs import Inputs

from .fields import FULFILLMENT_TYPES, raw_body, since

MAX_GAP_SECONDS = 600.0
Answer = dict[str, Any]


class EventsApi:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.posts: Mapping[str, Callable[[Inputs], Answer]] = {
            "events": self.raw,
            "events/orders": self.order,
            "events/status": self.status,
            "events/driver": self.driver,
            "events/switch-on": self.switch_on,
        }
        self.gets: Mapping[str, Callable[[Inputs], Answer]] = {
            "events": self.attempts,
            "events/orders": self.followed,
        }

    def raw(self, inputs: Inputs) -> Answer:
        if "body" not in inputs:
            raise SandboxError("body is missing.")
        return self._sandbox.events.raw(raw_body(inputs), _form(inputs))

    def order(self, inputs: Inputs) -> Answer:
        """Tell of an order of another POS; without `reference_id`, at an unmapped location."""
        wish = Wish(
            reference_id=inputs.text("reference_id"),
            location_id=inputs.text("location_id"),
            fulfillment_type=inputs.choice(
                "fulfillment_type", "merchant_managed_delivery", FULFILLMENT_TYPES
            ),
            source=inputs.text("source") or "doordash",
            end=inputs.choice("end", "open", ENDS),
            arrangement=inputs.choice("arrangement", "in_order", tuple(ARRANGEMENTS)),
            gap_seconds=inputs.seconds("gap_seconds", high=MAX_GAP_SECONDS),
            signature=_form(inputs),
        )
        return self._sandbox.events.follow(wish)

    def status(self, inputs: Inputs) -> Answer:
        """Send `order.updated`, or `order.canceled` for a canceled status."""
        return self._sandbox.events.change(
            inputs.required("order_id"), {"status": inputs.required("status")}
        )

    def driver(self, inputs: Inputs) -> Answer:
        """Send `driver.status_updated`; the order's status stays unless one is given."""
        step = {"delivery_status": inputs.required("delivery_status")}
        if "status" in inputs:
            step["status"] = inputs.required("status")
        return self._sandbox.events.change(inputs.required("order_id"), step)

    def switch_on(self, inputs: Inputs) -> Answer:
        return self._sandbox.events.switch_on()

    def attempts(self, inputs: Inputs) -> Answer:
        state = self._sandbox.state
        return {"events": state.attempts.since(since(inputs)), "latest": state.attempts.latest}

    def followed(self, inputs: Inputs) -> Answer:
        return {"orders": [order.as_json() for order in self._sandbox.state.followed_orders()]}


def _form(inputs: Inputs) -> str:
    return inputs.choice("signature", "hex", FORMS)
