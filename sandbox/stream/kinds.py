"""The kinds of orders the sandbox sends, valid and invalid, with the expected outcome.

The refusal for each error follows the table under ORD-NEW in the contract.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.checks.order_checks import refusal_reasons
from sandbox.errors import SandboxError
from sandbox.state import now_ms
from sandbox.wire import jsontext
from sandbox.wire.transport import Answer

from .basket import Line, limits, subtotal_of
from .menu import ids
from .order_bodies import Body, OrderBuilder

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Kind:
    """`reason` is the required section or code of the refusal; "" means the order is valid."""

    label: str
    reason: str
    make: Callable[[OrderBuilder], bytes]

    @property
    def expectation(self) -> str:
        return f"refused with {self.reason}" if self.reason else "accepted"

    def is_met_by(self, answer: Answer) -> bool:
        if not self.reason:
            return answer.status == 200
        return self.reason in refusal_reasons(answer)


def encoded(body: Any) -> bytes:
    return jsontext.dump(body).encode()


def _valid(builder: OrderBuilder) -> bytes:
    return encoded(builder.valid())


def _future(builder: OrderBuilder) -> bytes:
    return _scheduled(builder, in_ms=2 * 3_600_000)


def _too_far_ahead(builder: OrderBuilder) -> bytes:
    return _scheduled(builder, in_ms=60 * DAY_MS)


def _scheduled(builder: OrderBuilder, *, in_ms: int) -> bytes:
    return encoded(
        builder.body(builder.lines(), is_future_order=True, requested_for=now_ms() + in_ms)
    )


def _markup_line(builder: OrderBuilder) -> bytes:
    markup: Line = {
        "name": "Uber Markup",
        "quantity": 1,
        "price_amount": 150,
        "price_currency": builder.menu.currency,
        "modifiers": [],
    }
    return encoded(builder.body([*builder.lines(), markup]))


def _drive_thru_unpaid(builder: OrderBuilder) -> bytes:
    body = builder.body(builder.lines(), fulfillment_type="drive_thru", unpaid=True)
    body["object"].pop("delivery_address", None)
    return encoded(body)


def _unpaid(builder: OrderBuilder) -> bytes:
    body = builder.body(builder.lines(), fulfillment_type="pickup", unpaid=True)
    body["object"].pop("delivery_address", None)
    return encoded(body)


def _unknown_item(builder: OrderBuilder) -> bytes:
    lines = builder.lines()
    lines[0] = {**lines[0], "provider_id": _unknown_id(), "modifiers": []}
    return encoded(builder.body(lines))


def _unknown_modifier(builder: OrderBuilder) -> bytes:
    lines = builder.lines()
    unknown: Line = {
        "provider_id": _unknown_id(),
        "name": "Unknown",
        "quantity": 1,
        "price_amount": 0,
        "price_currency": builder.menu.currency,
    }
    lines[0] = {**lines[0], "modifiers": [*lines[0]["modifiers"], unknown]}
    return encoded(builder.body(lines))


def _low_price(builder: OrderBuilder) -> bytes:
    lines = builder.lines()
    for number, line in enumerate(lines):
        if line["price_amount"] > 0:
            lines[number] = {**line, "price_amount": line["price_amount"] - 1}
            return encoded(builder.body(lines))
    raise SandboxError("Everything in this order is free, so no price can be lower.", status=409)


def _low_subtotal(builder: OrderBuilder) -> bytes:
    lines = builder.lines()
    return encoded(builder.body(lines, subtotal=max(subtotal_of(lines) - 1, 0)))


def _sold_out(builder: OrderBuilder) -> bytes:
    """Order the requested object, or else any that is switched off or out of stock."""
    if builder.wish.provider_id:
        return _valid(builder)
    off = [offer.provider_id for offer in builder.menu.offers() if not offer.is_active]
    off += [i for i, row in builder.menu.modifiers.items() if row.get("is_active") is False]
    for provider_id in off:
        try:
            line = builder.wished_line(provider_id)
        except SandboxError:
            continue  # Its required groups cannot be filled; try the next.
        return encoded(builder.body([line]))
    raise SandboxError(
        "Nothing in the pulled catalog is switched off: switch an item off and pull again, "
        "or name the object in provider_id.",
        status=409,
    )


def _missing_modifiers(builder: OrderBuilder) -> bytes:
    groups = builder.menu.groups
    for offer in builder.menu.offers():
        required = [
            group_id
            for group_id in ids(offer.family, "modifier_group_ids")
            if group_id in groups and limits(groups[group_id])[0] > 0
        ]
        if required and offer.is_active:
            line = builder.wished_line(offer.provider_id)
            return encoded(builder.body([{**line, "modifiers": []}]))
    raise SandboxError("No family in the pulled catalog has a required group.", status=409)


def _missing_size(builder: OrderBuilder) -> bytes:
    for offer in builder.menu.offers():
        if offer.item is not None and offer.is_active:
            line = builder.wished_line(offer.provider_id)
            family = offer.family
            reference = {"provider_id": family["provider_id"], "name": str(family.get("name", ""))}
            return encoded(builder.body([{**line, **reference}]))
    raise SandboxError("No family in the pulled catalog has items.", status=409)


def _wrong_currency(builder: OrderBuilder) -> bytes:
    other = "eur" if builder.menu.currency != "eur" else "usd"
    lines = [{**line, "price_currency": other} for line in builder.lines()]
    return encoded(builder.body(lines))


def _empty_cart(builder: OrderBuilder) -> bytes:
    return encoded(builder.body([]))


def _unknown_location(builder: OrderBuilder) -> bytes:
    return encoded(builder.body(builder.lines(), location_id=_unknown_id()))


def _missing_field(builder: OrderBuilder) -> bytes:
    body: Body = builder.valid()
    del body["object"]["subtotal"]
    return encoded(body)


def _malformed(builder: OrderBuilder) -> bytes:
    return encoded(builder.valid())[:-10]


def _unknown_id() -> str:
    return f"sandbox-unknown-{uuid.uuid4()}"


KINDS = {
    "valid": Kind("Valid order", "", _valid),
    "future": Kind("Valid order for two hours from now", "", _future),
    "drive_thru_unpaid": Kind("Unpaid drive-through order", "", _drive_thru_unpaid),
    "markup_line": Kind("Order with a markup line", "", _markup_line),
    "unknown_item": Kind("Unknown item", "invalid_cart", _unknown_item),
    "unknown_modifier": Kind("Unknown modifier", "invalid_cart", _unknown_modifier),
    "low_price": Kind("Price too low", "orderTotalsValidation", _low_price),
    "low_subtotal": Kind("Subtotal too low", "orderTotalsValidation", _low_subtotal),
    "sold_out": Kind("Unavailable item", "stockValidation", _sold_out),
    "missing_modifiers": Kind("Missing required modifier", "invalid_cart", _missing_modifiers),
    "missing_size": Kind("Family without an item (size)", "invalid_cart", _missing_size),
    "wrong_currency": Kind("Wrong currency", "invalid_cart", _wrong_currency),
    "empty_cart": Kind("Empty cart", "invalid_cart", _empty_cart),
    "unpaid": Kind("Unpaid pickup", "other", _unpaid),
    "too_far_ahead": Kind("Order for 60 days from now", "store_unavailable", _too_far_ahead),
    "unknown_location": Kind("Unknown location", "store_unavailable", _unknown_location),
    "missing_field": Kind("Missing subtotal", "other", _missing_field),
    "malformed": Kind("Broken JSON", "other", _malformed),
}
