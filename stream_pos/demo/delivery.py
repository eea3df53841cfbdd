"""The delivery of the demo: an order of another POS, brought by a driver of the merchant."""

import time
from collections.abc import Callable
from typing import Any

from .people.dispatch_page import DispatchPage
from .sandbox_client import SandboxClient, StepFailed, expect

ASSIGNED = "order.assign.driver"


class DeliveryWalk:
    """Play Stream through the sandbox, and staff at the dispatch page."""

    def __init__(
        self, sandbox: SandboxClient, page: DispatchPage, print_step: Callable[[str, str], None]
    ) -> None:
        self._sandbox = sandbox
        self._page = page
        self._print_step = print_step

    def deliver(self, merchant: dict[str, Any], location_id: str) -> None:
        """Confirm an order, assign a driver, and let the driver deliver it."""
        self._page.sign_in(merchant["email"], merchant["password"])
        latest = self._sandbox.get("webhooks")["latest"]
        order = self._confirm(location_id)
        self._assign(order, latest)
        self._bring(order)

    def _confirm(self, location_id: str) -> dict[str, Any]:
        started = time.monotonic()
        order = self._sandbox.post("events/orders", {"reference_id": location_id})
        sent = self._sent(order)
        number = order["order"]["dsp_order_number"]
        self._page.wait_for(number, "unassigned")
        self._print_step(
            "Order followed",
            f"{number} of another POS, {sent['type']} answered {sent['status']} in "
            f"{sent['milliseconds']} ms, on the dispatch page after {_since(started)}",
        )
        return order

    def _assign(self, order: dict[str, Any], latest: int) -> None:
        started = time.monotonic()
        driver = self._page.assign(order["order"]["dsp_order_number"])
        webhook = self._sandbox.next_webhook(latest, ASSIGNED, order["location_id"])
        expect(webhook["object"]["order_id"], order["order_id"], "the order with the driver")
        expect(webhook["object"]["driver"]["name"], driver, "the driver's name")
        self._print_step(
            "Driver assigned",
            f"{driver}; {ASSIGNED} arrived after {_since(started)}, signature checked",
        )

    def _bring(self, order: dict[str, Any]) -> None:
        number, order_id = order["order"]["dsp_order_number"], order["order_id"]
        started = time.monotonic()
        out = {"delivery_status": "enroute_to_dropoff", "status": "out_for_delivery"}
        self._sent(self._sandbox.post("events/driver", {"order_id": order_id, **out}))
        self._page.wait_for(number, "out")
        end = {"delivery_status": "completed", "status": "completed"}
        self._sent(self._sandbox.post("events/driver", {"order_id": order_id, **end}))
        self._page.wait_for(number, "delivered")
        self._print_step(
            "Delivered", f"{number} went out and arrived within {_since(started)}: {self._page.url}"
        )

    def _sent(self, step: dict[str, Any]) -> dict[str, Any]:
        """Wait for the delivery of the step's one event, which must be answered 201."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            for attempt in self._sandbox.get(f"events?since={step['latest']}")["events"]:
                if attempt["order_id"] == step["order_id"]:
                    expect(attempt["problems"], [], "the problems of the event's answer")
                    found: dict[str, Any] = attempt
                    return found
            time.sleep(0.05)
        raise StepFailed("The sandbox sent no event within 15 s.")


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"
