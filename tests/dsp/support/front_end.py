"""A front end of the channel that checks every answer against the published document."""

import json
import re
from typing import Any

import jsonschema
from django.test import Client

from dsp.channel_api import keys
from dsp.channel_api.document_views import document
from dsp.models import Store
from integration.models import Merchant

BASE = "/channel/v1"
LINES = [
    {
        "id": "s-var-burger-l",
        "quantity": 2,
        "special_instructions": "No pickles",
        "modifiers": [
            {
                "id": "s-mod-cheese",
                "modifier_group_id": "s-mg-extras",
                "quantity": 1,
                "modifiers": [{"id": "s-mod-cheddar", "quantity": 1}],
            }
        ],
    }
]
CART = {"fulfillment_type": "pickup", "tip": 300, "lines": LINES}
ANN = {"name": "Ann Lee", "phone": "(512) 555-0100", "email": "ann@example.com"}
PAID = {"provider": "acme", "reference": "pay_1", "amount": 2687, "currency": "usd"}


class FrontEnd:
    """Call the API with a channel key."""

    def __init__(self, key: str) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"}

    def get(self, path: str, **headers: str) -> Any:
        return self._checked("get", path, self.client.get(BASE + path, **self.headers, **headers))

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        keyed = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
        answer = self.client.post(
            BASE + path, content, content_type="application/json", **self.headers, **keyed
        )
        return self._checked("post", path, answer)

    def quote(self, store: Store, **changes: Any) -> Any:
        return self.post(f"/stores/{store.provider_id}/quotes", CART | changes)

    def order(self, store: Store, key: str = "key-1", **changes: Any) -> Any:
        """Get a quote for the contract's cart and order by it, paid."""
        quote = self.quote(store).json()
        body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
        return self.post("/orders", body | changes, key)

    @staticmethod
    def _checked(method: str, path: str, answer: Any) -> Any:
        """Return the answer if the document describes it."""
        templates = {re.sub(r"\{\w+\}", "[^/]+", known): known for known in document()["paths"]}
        known = next(name for form, name in templates.items() if re.fullmatch(form, path))
        described = document()["paths"][known][method]["responses"][str(answer.status_code)]
        if "$ref" in described:
            described = document()["components"]["responses"][described["$ref"].rsplit("/")[-1]]
        if answer.status_code != 304 and answer.get("Content-Encoding") != "gzip":
            schema = described["content"]["application/json"]["schema"]
            jsonschema.Draft202012Validator(document() | schema).validate(answer.json())
        return answer


def front_end_of(merchant: Merchant, *stores: Store) -> FrontEnd:
    """Return a front end with a key of its own for these stores, or for all."""
    return FrontEnd(keys.create(merchant, name="Web shop", stores=stores)[1])
