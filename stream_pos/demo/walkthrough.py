"""The demo's walkthrough: the steps of Stream and a merchant, run through the sandbox."""

import time
from collections.abc import Callable
from typing import Any

from .sandbox_client import SandboxClient, StepFailed, expect

PrintStep = Callable[[str, str], None]


class Walk:
    """Connect a merchant, exchange the catalog and orders, and see a change arrive."""

    def __init__(self, sandbox: SandboxClient, print_step: PrintStep) -> None:
        self._sandbox = sandbox
        self._print_step = print_step

    def connect(self, merchant: dict[str, Any]) -> None:
        answer = self._sandbox.post(
            "connect", {"email": merchant["email"], "password": merchant["password"]}
        )
        expect(answer["merchant_id"], merchant["provider_id"], "the merchant's id in the tokens")
        self._print_step("Signed in", f"{merchant['email']} through the form of the authorize page")
        self._print_step(
            "Consented", f"{merchant['name']} lets Stream use {', '.join(answer['scopes'])}"
        )
        until = time.strftime("%Y-%m-%d", time.gmtime(answer["expire_time"] / 1000))
        self._print_step("Tokens", f"code exchanged, access token valid until {until}")

    def locations(self) -> list[dict[str, Any]]:
        answer = self._sandbox.post("locations", {})
        locations: list[dict[str, Any]] = answer["locations"]
        names = ", ".join(f"{row['name']} ({row['connection_status']})" for row in locations)
        self._print_step("Locations", names)
        return locations

    def catalog(self, location_id: str) -> dict[str, Any]:
        answer = self._sandbox.post("catalog", {"location_id": location_id})
        counts = answer["counts"]
        arrays = ("item_family", "item", "modifier_group", "modifier", "category", "menu")
        sizes = ", ".join(f"{counts[name]} {name}" for name in arrays)
        self._print_step(
            "Catalog", f"{sizes}; {answer['bytes'] // 1024} kB, {answer['milliseconds']} ms"
        )
        return self._catalog(location_id)

    def connection(self, location_id: str) -> None:
        answer = self._sandbox.post("connection", {"location_id": location_id, "method": "POST"})
        expect(answer["connected"], True, "the location's connection")
        self._print_step("Connected", location_id)

    def order(self, location_id: str) -> None:
        sent = self._order(location_id, kind="valid", lines=3)
        expect(sent["status"], 200, "the answer to a valid order")
        order = sent["answer"]["order"]
        minutes = order["prep_time_minutes"]
        self._print_step(
            "Order accepted",
            f"{order['provider_id']}, ready in {minutes} min ({sent['milliseconds']} ms)",
        )
        repeated = self._order(location_id, kind="repeat")
        expect(repeated["raw_answer"], sent["raw_answer"], "the answer to the repeated order")
        self._print_step("Sent again", "same answer, byte for byte; it remains one order")

    def refusal(self, location_id: str) -> None:
        sent = self._order(location_id, kind="low_price")
        expect(sent["status"], 400, "the answer to an order below our prices")
        reasons = sent["answer"]["posValidation"]["orderValidation"]
        self._print_step("Order refused", reasons[0]["order_error_reason"])

    def webhook_after(self, change: Callable[[], None], location_id: str) -> None:
        """Make the change, wait for its event, and check the signature."""
        latest = self._sandbox.get("webhooks")["latest"]
        changed_at = time.monotonic()
        change()
        webhook = self._sandbox.next_webhook(latest, "location.catalog.updated", location_id)
        seconds = time.monotonic() - changed_at
        self._print_step(
            "Webhook arrived", f"{webhook['type']} after {seconds:.1f} s, signature checked"
        )

    def price_of(self, location_id: str, family_id: str) -> int:
        """Pull the catalog and return the family's price."""
        self._sandbox.post("catalog", {"location_id": location_id})
        for family in self._catalog(location_id)["item_family"]:
            if family["provider_id"] == family_id:
                price: int = family["price_amount"]
                return price
        raise StepFailed(f"{family_id} is not in the pulled catalog.")

    def _order(self, location_id: str, **fields: Any) -> dict[str, Any]:
        answer = self._sandbox.post("orders", {"location_id": location_id, **fields})
        expect(answer["as_expected"], True, f"the outcome of the {fields['kind']} order")
        return answer

    def _catalog(self, location_id: str) -> dict[str, Any]:
        return self._sandbox.get(f"catalog?location_id={location_id}")
