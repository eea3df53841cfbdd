"""The sandbox's JSON API: one method per route, from fields to a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.core import Sandbox
from sandbox.errors import SandboxError
from sandbox.records import Behaviour
from sandbox.stream.order_bodies import MAX_LINES, Wish
from sandbox.stream.send_orders import KIND_NAMES
from sandbox.wire.inputs import Inputs

from .channel.api import ChannelApi
from .events_api import EventsApi
from .fields import FULFILLMENT_TYPES, raw_body, since

MAX_DELAY_SECONDS = 60.0
MAX_TIMES = 10_000
Answer = dict[str, Any]


class Api:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        events, channel = EventsApi(sandbox), ChannelApi(sandbox)
        self.posts: Mapping[str, Callable[[Inputs], Answer]] = {
            "connect": self.connect,
            "refresh": self.refresh,
            "locations": self.locations,
            "connection": self.connection,
            "catalog": self.catalog,
            "orders": self.order,
            "orders/update": self.update,
            "orders/cancel": self.cancel,
            "behaviour": self.behaviour,
            **events.posts,
            **channel.posts,
        }
        self.gets: Mapping[str, Callable[[Inputs], Answer]] = {
            "webhooks": self.webhooks,
            "orders": self.sent_orders,
            "state": self.state,
            **events.gets,
            **channel.gets,
        }

    def connect(self, inputs: Inputs) -> Answer:
        return self._sandbox.authorization.connect(
            inputs.required("email"), inputs.required("password")
        )

    def refresh(self, inputs: Inputs) -> Answer:
        return self._sandbox.authorization.refresh(inputs.optional("merchant_id"))

    def locations(self, inputs: Inputs) -> Answer:
        return self._sandbox.pulls.locations(inputs.optional("merchant_id"))

    def connection(self, inputs: Inputs) -> Answer:
        return self._sandbox.pulls.connection(
            inputs.optional("merchant_id"),
            inputs.required("location_id"),
            inputs.choice("method", "GET", ("GET", "POST", "DELETE")),
        )

    def catalog(self, inputs: Inputs) -> Answer:
        location_id = inputs.identifier("location_id")
        if inputs.flag("merchant") == bool(location_id):
            raise SandboxError("Send either location_id, or merchant: true for the global catalog.")
        return self._sandbox.pulls.catalog(inputs.optional("merchant_id"), location_id)

    def order(self, inputs: Inputs) -> Answer:
        """Send an order; a given `body` is sent as it is, a string verbatim and else as JSON."""
        if "body" in inputs:
            return self._sandbox.ordering.raw(
                inputs.optional("merchant_id"), inputs.text("location_id"), raw_body(inputs)
            )
        kind = inputs.choice("kind", "valid", KIND_NAMES)
        return self._sandbox.ordering.create(inputs.optional("merchant_id"), kind, _wish(inputs))

    def update(self, inputs: Inputs) -> Answer:
        return self._event(
            inputs, "order.updated", "order_id", ("status", "delivery_status", "driver_details")
        )

    def cancel(self, inputs: Inputs) -> Answer:
        return self._event(
            inputs, "order.canceled", "provider_id", ("cancel_reason", "cancel_source")
        )

    def behaviour(self, inputs: Inputs) -> Answer:
        """Set the receiver's misbehavior; `times: 0` ends it."""
        behaviour = Behaviour(
            status=inputs.whole("status", 200, low=200, high=599) if "status" in inputs else None,
            delay_seconds=inputs.seconds("delay_seconds", high=MAX_DELAY_SECONDS),
            times_left=inputs.whole("times", 1, low=0, high=MAX_TIMES),
        )
        self._sandbox.state.set_behaviour(behaviour)
        return {"behaviour": behaviour.as_json()}

    def webhooks(self, inputs: Inputs) -> Answer:
        state = self._sandbox.state
        return {"webhooks": state.webhooks.since(since(inputs)), "latest": state.webhooks.latest}

    def sent_orders(self, inputs: Inputs) -> Answer:
        state = self._sandbox.state
        return {"orders": state.orders.since(since(inputs)), "latest": state.orders.latest}

    def state(self, inputs: Inputs) -> Answer:
        return self._sandbox.overview()

    def _event(
        self, inputs: Inputs, event_type: str, id_field: str, optional: tuple[str, ...]
    ) -> Answer:
        merchant_id = inputs.optional("merchant_id")
        ordering = self._sandbox.ordering
        if "body" in inputs:
            return ordering.raw_event(
                merchant_id, event_type, inputs.text("location_id"), raw_body(inputs)
            )
        subject = {name: inputs.raw(name) for name in optional if name in inputs}
        subject[id_field] = inputs.required("order_id")
        if "location_id" in inputs:
            subject["location_id"] = inputs.text("location_id")
        return ordering.event(merchant_id, event_type, subject)


def _wish(inputs: Inputs) -> Wish:
    return Wish(
        location_id=inputs.required_identifier("location_id"),
        lines=inputs.whole("lines", 2, low=1, high=MAX_LINES),
        source=inputs.text("source") or "uber",
        fulfillment_type=inputs.choice("fulfillment_type", "delivery", FULFILLMENT_TYPES),
        provider_id=inputs.text("provider_id"),
        idempotency_key=inputs.text("idempotency_key"),
        seed=inputs.whole("seed", 0, low=0, high=2**31) if "seed" in inputs else None,
    )
