"""The main job, step by step, through the sandbox: what Stream and a merchant do with the POS."""

import time
from collections.abc import Callable
from typing import Any

import requests

Say = Callable[[str, str], None]


class StepFailed(Exception):
    """A step did not end as it must; the message says what was expected and what came."""


class Walk:
    """Speaks to the sandbox's API only; the sandbox speaks to the POS as Stream would."""

    def __init__(self, sandbox_url: str, say: Say) -> None:
        self._url = sandbox_url
        self._say = say
        self._session = requests.Session()
        self._session.trust_env = False

    def connect(self, merchant: dict[str, Any]) -> None:
        answer = self._post(
            "connect", {"email": merchant["email"], "password": merchant["password"]}
        )
        _expect(answer["merchant_id"], merchant["provider_id"], "the merchant's id in the tokens")
        self._say("Signed in", f"{merchant['email']} through the authorize page's own form")
        self._say("Consented", f"{merchant['name']} lets Stream use {', '.join(answer['scopes'])}")
        until = time.strftime("%Y-%m-%d", time.gmtime(answer["expire_time"] / 1000))
        self._say("Tokens", f"code exchanged, access token good until {until}")

    def locations(self) -> list[dict[str, Any]]:
        answer = self._post("locations", {})
        found: list[dict[str, Any]] = answer["locations"]
        names = ", ".join(f"{one['name']} ({one['connection_status']})" for one in found)
        self._say("Locations", names)
        return found

    def catalog(self, location_id: str) -> dict[str, Any]:
        answer = self._post("catalog", {"location_id": location_id})
        counts = answer["counts"]
        what = ("item_family", "item", "modifier_group", "modifier", "category", "menu")
        sizes = ", ".join(f"{counts[name]} {name}" for name in what)
        self._say("Catalog", f"{sizes}; {answer['bytes'] // 1024} kB, {answer['milliseconds']} ms")
        return self._catalog(location_id)

    def connection(self, location_id: str) -> None:
        answer = self._post("connection", {"location_id": location_id, "method": "POST"})
        _expect(answer["connected"], True, "the location's connection")
        self._say("Connected", location_id)

    def order(self, location_id: str) -> None:
        sent = self._order(location_id, kind="valid", lines=3)
        _expect(sent["status"], 200, "the answer to a good order")
        order = sent["answer"]["order"]
        minutes = order["prep_time_minutes"]
        self._say(
            "Order accepted",
            f"{order['provider_id']}, ready in {minutes} min ({sent['milliseconds']} ms)",
        )
        again = self._order(location_id, kind="repeat")
        _expect(again["raw_answer"], sent["raw_answer"], "the answer to the same order again")
        self._say("Sent again", "answered alike, byte for byte; it is one order")

    def refusal(self, location_id: str) -> None:
        sent = self._order(location_id, kind="low_price")
        _expect(sent["status"], 400, "the answer to an order below our prices")
        reasons = sent["answer"]["posValidation"]["orderValidation"]
        self._say("Order refused", reasons[0]["order_error_reason"])

    def webhook_after(self, change: Callable[[], None], location_id: str) -> None:
        """Waits for the event that the change owes, and for its signature's verdict."""
        latest = self._get("webhooks")["latest"]
        changed_at = time.monotonic()
        change()
        webhook = self._next_webhook(latest, "location.catalog.updated", location_id)
        seconds = time.monotonic() - changed_at
        _expect(webhook["signature_valid"], True, "the webhook's signature")
        _expect(webhook["problems"], [], "problems of the webhook")
        self._say("Webhook arrived", f"{webhook['type']} after {seconds:.1f} s, signature checked")

    def price_of(self, location_id: str, family_id: str) -> int:
        """The family's price in a catalog pulled now."""
        self._post("catalog", {"location_id": location_id})
        for family in self._catalog(location_id)["item_family"]:
            if family["provider_id"] == family_id:
                price: int = family["price_amount"]
                return price
        raise StepFailed(f"{family_id} is not in the pulled catalog.")

    def _order(self, location_id: str, **fields: Any) -> dict[str, Any]:
        answer = self._post("orders", {"location_id": location_id, **fields})
        _expect(answer["as_expected"], True, f"the outcome of the {fields['kind']} order")
        return answer

    def _next_webhook(self, since: int, event_type: str, location_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            for webhook in self._get(f"webhooks?since={since}")["webhooks"]:
                subject = webhook["object"] or {}
                if (webhook["type"], subject.get("location_id")) == (event_type, location_id):
                    found: dict[str, Any] = webhook
                    return found
            time.sleep(0.1)
        raise StepFailed(f"No {event_type} for {location_id} arrived within 15 s.")

    def _catalog(self, location_id: str) -> dict[str, Any]:
        return self._get(f"catalog?location_id={location_id}")

    def _get(self, path: str) -> dict[str, Any]:
        return self._answer(self._session.get(f"{self._url}/api/{path}", timeout=30))

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._answer(self._session.post(f"{self._url}/api/{path}", json=body, timeout=60))

    @staticmethod
    def _answer(response: requests.Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise StepFailed(f"{answer.get('error')} {answer.get('problems') or ''}".strip())
        if answer.get("problems"):
            raise StepFailed(f"The contract is not kept: {answer['problems']}")
        return answer


def _expect(found: Any, wanted: Any, what: str) -> None:
    if found != wanted:
        raise StepFailed(f"Expected {what} to be {wanted!r}, but it is {found!r}.")
