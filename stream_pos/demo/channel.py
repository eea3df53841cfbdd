"""The ordering channel of the demo: a guest's order travels through Stream to the kitchen."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .people.board_page import BoardPage
from .people.front_end import FrontEnd
from .people.guest import Guest
from .sandbox_client import SandboxClient, StepFailed, expect

_ZONE = ZoneInfo("America/Chicago")  # Of all demo stores.
_DISH_NAME = "Chocolate Chip Cookie"
_GUEST = ("Ann Lee", "+15125550177")
_ACCEPTED = "The restaurant is making your order"
_MOVES = (("ready_for_pickup", "Your order is ready"), ("completed", "Done. Enjoy your meal!"))


class ChannelWalk:
    """Play Stream through the sandbox, a guest at the order page, and staff at the board."""

    def __init__(
        self,
        sandbox: SandboxClient,
        front_end: FrontEnd,
        guest: Guest,
        board: BoardPage,
        print_step: Callable[[str, str], None],
    ) -> None:
        self._sandbox, self._front_end = sandbox, front_end
        self._guest, self._board = guest, board
        self._print_step = print_step

    def publish(self, merchant: dict[str, Any], links: dict[str, str]) -> None:
        """Connect the merchant, link each store to its location, and publish its menu."""
        account = {"email": merchant["email"], "password": merchant["password"]}
        answer = self._sandbox.post("channel/connect", account)
        names = ", ".join(store["name"] for store in answer["stores"])
        self._print_step("Channel", f"Stream lists our stores: {names}")
        for (store_id, location_id), version in zip(links.items(), ("v1", "v2"), strict=True):
            link = {"store_id": store_id, "location_id": location_id, "version": version}
            self._sandbox.post("channel/link", link)
            started = time.monotonic()
            store = self._publish(store_id, version)
            self._print_step(
                "Menu published",
                f"{version} of {location_id}, live after {_since(started)}, {store['name']} open",
            )

    def _publish(self, store_id: str, version: str) -> dict[str, Any]:
        """Publish the menu, and return the store once that menu, and none before it, is live."""
        path = f"stores/{store_id}"
        before = self._front_end.get(path)["menu_version"]
        menu = {"store_id": store_id, "version": version, "holidays": _open_all_day()}
        self._sandbox.post("channel/publish", menu)
        return self._front_end.wait_for(
            path,
            lambda store: bool(store["is_open"]) and store["menu_version"] != before,
            "an open store with the new menu",
        )

    def order(self, store_id: str) -> None:
        """Have a guest order on our page, and the kitchen make it."""
        started = time.monotonic()
        self._guest.order(_DISH_NAME, *_GUEST)
        order = self._at_stream(store_id, "accepted")
        self._guest.wait_for(_ACCEPTED)
        self._print_step(
            "Guest ordered",
            f"{order['number']} on {self._guest.store_url}; through Stream to our POS and accepted"
            f" after {_since(started)}",
        )
        self._board.wait_for(order["number"])
        for state, sentence in _MOVES:
            started = time.monotonic()
            self._board.move(order["pos_order_id"], state)
            self._guest.wait_for(sentence)
            self._print_step(
                "Kitchen moved it", f"{state}; the guest reads {sentence!r} after {_since(started)}"
            )
        self._print_step("Follow page", self._guest.url)

    def sell_out(self, store_id: str, switch: Callable[[str], None]) -> None:
        """Switch a dish off at the POS, and see it sold out on the guest's menu."""
        started = time.monotonic()
        switch("off")
        self._front_end.wait_for(
            f"stores/{store_id}/menu", _is_something_off, "the dish as sold out"
        )
        self._print_step("Sold out", f"off at the POS, on the guest's menu after {_since(started)}")
        switch("on")
        self._front_end.wait_for(
            f"stores/{store_id}/menu", lambda menu: not _is_something_off(menu), "the dish again"
        )

    def pause(self, store_id: str, pause: Callable[[bool], None]) -> None:
        """Pause the POS's location, and see the store closed until it resumes."""
        started = time.monotonic()
        pause(True)
        path = f"stores/{store_id}"
        store = self._front_end.wait_for(path, lambda one: not one["is_open"], "a closed store")
        expect(store["closed_reason"], "store_paused", "the reason why the store is closed")
        self._print_step("Paused", f"the store is closed for guests after {_since(started)}")
        pause(False)
        self._front_end.wait_for(path, lambda one: bool(one["is_open"]), "an open store")

    def fail(self, store_id: str) -> None:
        """Let another brand's POS refuse a paid order, and pay the guest back."""
        self._sandbox.post("channel/link", {"store_id": store_id})
        play = {"answer": "fail", "failure_reason": "items_unavailable"}
        self._sandbox.post("channel/play", {"store_id": store_id, **play})
        started = time.monotonic()
        order = self._place_paid(store_id)
        failed = self._front_end.wait_for(
            f"orders/{order['id']}", lambda one: one["state"] == "failed", "a failed order"
        )
        refund = failed["refund"]
        expect((refund["state"], refund["amount"]), ("due", order["total"]), "the refund")
        self._print_step(
            "Order failed",
            f"{order['number']}: the POS has none left; {refund['amount'] / 100:.2f} owed to the"
            f" guest after {_since(started)}",
        )
        done = self._front_end.post(f"refunds/{refund['id']}/ack", {"reference": "demo-1"})
        expect(done["state"], "done", "the refund's state")
        self._print_step("Refunded", f"{refund['id']}, confirmed by the payment side")

    def _place_paid(self, store_id: str) -> dict[str, Any]:
        line = {"id": self._variation_id(store_id), "quantity": 1}
        cart = {"fulfillment_type": "pickup", "lines": [line]}
        quote = self._front_end.post(f"stores/{store_id}/quotes", cart)
        payment = {"provider": "demo", "reference": "pay-1", "currency": quote["currency"]}
        name, phone = _GUEST
        return self._front_end.post(
            "orders",
            {
                "quote_id": quote["quote_id"],
                "customer": {"name": name, "phone": phone},
                "payment": {**payment, "amount": quote["total"]},
            },
        )

    def _variation_id(self, store_id: str) -> str:
        menu = self._front_end.get(f"stores/{store_id}/menu")
        for category in menu["menus"][0]["categories"]:
            for item in category["items"]:
                if item["name"] == _DISH_NAME:
                    found: str = item["variations"][0]["id"]
                    return found
        raise StepFailed(f"{_DISH_NAME} is not on the menu of {store_id}.")

    def _at_stream(self, store_id: str, state: str) -> dict[str, Any]:
        query = f"store_id={store_id}&state={state}&wait_seconds=20"
        orders = self._sandbox.get(f"channel/orders?{query}")["orders"]
        if not orders:
            raise StepFailed(f"Stream had no order of {store_id} {state} within 20 s.")
        found: dict[str, Any] = orders[-1]
        return found


def _open_all_day() -> list[dict[str, Any]]:
    """Open the menus today and tomorrow, whatever the hour at which the demo runs."""
    today = datetime.now(_ZONE).date()
    return [
        {
            "date": f"{day:%m-%d}",
            "recurring_yearly": False,
            "specific_years": [day.year],
            "hours": ["00:00-24:00"],
        }
        for day in (today, today + timedelta(days=1))
    ]


def _is_something_off(menu: dict[str, Any]) -> bool:
    changes = menu["availability"].values()
    return any(active is False for kind in changes for active in kind.values())


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"
