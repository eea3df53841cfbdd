"""Build `order.created` bodies a POS must accept (ORD-NEW)."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.errors import SandboxError
from sandbox.state import now_ms

from .basket import Basket, Line, contains, subtotal_of
from .menu import Menu, Offer

MAX_LINES = 1000
Body = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """The requested shape of an order; `provider_id` puts that object, even if off, in line 1."""

    location_id: str
    lines: int = 2
    source: str = "uber"
    fulfillment_type: str = "delivery"
    provider_id: str = ""
    idempotency_key: str = ""
    seed: int | None = None


class OrderBuilder:
    """Build orders from one pulled catalog."""

    def __init__(self, menu: Menu, wish: Wish) -> None:
        self.menu = menu
        self.wish = wish
        self._used: Counter[str] = Counter()

    def valid(self) -> Body:
        return self.body(self.lines())

    def lines(self) -> list[Line]:
        """Build the requested number of lines, using each offer once before repeating any."""
        lines: list[Line] = []
        if self.wish.provider_id:
            lines.append(self.wished_line(self.wish.provider_id))
        while len(lines) < self.wish.lines:
            before = len(lines)
            for offer in self.menu.offers(self.wish.seed):
                if len(lines) == self.wish.lines:
                    break
                line = self._line(offer, number=len(lines))
                lines += [line] if line is not None else []
            if len(lines) == before:
                break
        if not lines:
            raise SandboxError(
                "Nothing in the pulled catalog can be ordered at the moment.", status=409
            )
        return lines

    def wished_line(self, provider_id: str) -> Line:
        """Build a line with the named family, item or modifier, even if it is switched off."""
        offer = self.menu.offer(provider_id)
        if offer is not None:
            line = Basket(self.menu).line(offer)
            if line is not None:
                return line
        elif provider_id in self.menu.modifiers:
            basket = Basket(self.menu, wanted_modifier=provider_id)
            for host in self.menu.offers():
                line = basket.line(host) if host.is_active else None
                if line is not None and contains([line], provider_id):
                    return line
        raise SandboxError(
            f"{provider_id!r} cannot be ordered from the pulled catalog: pull it again, "
            "or name another object.",
            status=409,
        )

    def _line(self, offer: Offer, *, number: int) -> Line | None:
        quantity = 1 + number % 2
        if offer.stock is not None:
            quantity = min(quantity, offer.stock - self._used[offer.provider_id])
        if not offer.is_active or quantity < 1:
            return None
        line = Basket(self.menu).line(offer, quantity=quantity, generous=number % 2 == 0)
        if line is not None:
            self._used[offer.provider_id] += quantity
        return line

    def body(self, lines: list[Line], **changes: Any) -> Body:
        """Build a complete event with these lines; `changes` replace fields of `object`."""
        subtotal = subtotal_of(lines)
        number = uuid.uuid4().hex
        placed = now_ms()
        order: Body = {
            "idempotency_key": self.wish.idempotency_key or str(uuid.uuid4()),
            "location_id": self.wish.location_id,
            "source": self.wish.source,
            "brand": self.wish.source,
            "dsp_order_id": f"sandbox-{number}",
            "dsp_order_number": number[:5].upper(),
            "fulfillment_type": self.wish.fulfillment_type,
            "is_future_order": False,
            "placed_at": placed,
            "customers": [{"id": "c-1", "name": "Robin C.", "phone": "+15555550123"}],
            "line_items": lines,
            "subtotal": subtotal,
            "tax": self._tax(subtotal),
            "tax_withheld_by_dsp": 0,
            "driver_tip": 0,
            "delivery_fee": 0,
            "discounts": [],
            "should_include_utensils": True,
            "unpaid": False,
        }
        if self.wish.fulfillment_type in ("delivery", "merchant_managed_delivery"):
            order["delivery_address"] = dict(_ADDRESS)
        return {"type": "order.created", "object": {**order, **changes}}

    def _tax(self, subtotal: int) -> int:
        exact = Decimal(subtotal) * Decimal(str(self.menu.tax_rate)) / 100
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


_ADDRESS = {
    "address_line_1": "500 Congress Ave",
    "address_line_2": "Apt 4",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78701",
    "country": "USA",
}
