"""Responses to an order: acceptance, or refusal with every reason (contract ORD-NEW)."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from orders.models import InboundEvent

INVALID_CART = "invalid_cart"
STORE_UNAVAILABLE = "store_unavailable"
OTHER = "other"

REASON_LENGTH = 500


@dataclass
class Refusal:
    """The reasons against an order, collected by the rules; empty means it is accepted."""

    stock: list[dict[str, Any]] = field(default_factory=list)
    totals: list[dict[str, int]] = field(default_factory=list)
    order: list[dict[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.stock or self.totals or self.order)

    def because(self, code: str, reason: str) -> None:
        """Add a reason in plain words with a remedy: the merchant reads it in an e-mail."""
        entry = {"order_error": code, "order_error_reason": reason[:REASON_LENGTH]}
        if entry not in self.order:
            self.order.append(entry)

    def out_of_stock(self, kind: str, provider_id: str, left: int) -> None:
        entry = {"type": kind, "provider_id": provider_id, "quantity": left}
        if entry not in self.stock:
            self.stock.append(entry)

    def total(self, *, ours: int, theirs: int) -> None:
        self.totals.append({"posTotal": ours, "streamTotal": theirs})

    def body(self) -> bytes:
        sections = {
            "stockValidation": self.stock,
            "orderTotalsValidation": self.totals,
            "orderValidation": self.order,
        }
        return orjson.dumps(
            {"posValidation": {key: value for key, value in sections.items() if value}}
        )


def refusal(code: str, reason: str) -> Refusal:
    """Return a refusal with one reason."""
    refused = Refusal()
    refused.because(code, reason)
    return refused


def acceptance(provider_id: str, prep_time_minutes: int, *, is_deferred: bool = False) -> bytes:
    """Return the body of an acceptance; if deferred, Stream waits for the decision."""
    order: dict[str, Any] = {"provider_id": provider_id, "prep_time_minutes": prep_time_minutes}
    if is_deferred:
        order["async_acceptance"] = True
    return orjson.dumps({"order": order})


@dataclass(frozen=True)
class Answer:
    """A response to Stream, byte for byte, with its outcome for the event log."""

    status: int
    body: bytes
    outcome: InboundEvent.Outcome
