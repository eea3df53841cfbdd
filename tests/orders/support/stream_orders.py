"""The menu that the order tests sell, the orders they send, and what a refusal must look like."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from catalog import models
from integration.models import Merchant
from tests.support import factories

LOCATION = "loc_downtown"
NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.
_ORDER_ERRORS = {"invalid_cart", "pos_offline", "store_unavailable", "other"}


def make_menu(merchant: Merchant) -> None:
    """A burger with extras, one of which opens a choice; a pizza in two sizes; a soda."""
    rare = factories.modifier(merchant, provider_id="mod_rare", name="Rare", price_amount=50)
    cooking = factories.group(
        merchant, rare, provider_id="grp_cooking", name="Cooking", selection_type="multiple"
    )
    patty = factories.modifier(merchant, cooking, provider_id="mod_patty")
    cheese = factories.modifier(merchant, provider_id="mod_cheese", name="Cheese", price_amount=100)
    extras = factories.group(
        merchant, patty, cheese, provider_id="grp_extras", selection_type="multiple"
    )
    factories.family(merchant, extras, provider_id="fam_burger")
    ham = factories.modifier(merchant, provider_id="mod_ham", name="Ham", price_amount=200)
    toppings = factories.group(
        merchant, ham, provider_id="grp_toppings", name="Toppings", selection_type="multiple"
    )
    pizza = factories.family(merchant, toppings, provider_id="fam_pizza", name="Pizza")
    factories.item(pizza, provider_id="item_small", name="Small", price_amount=900)
    factories.item(pizza, provider_id="item_large", name="Large", price_amount=1500)
    factories.family(merchant, provider_id="fam_soda", name="Soda", price_amount=250)


def thing(provider_id: str) -> Any:
    """The menu's object with that id, whatever its kind."""
    kinds: list[Any] = [models.ItemFamily, models.Item, models.Modifier, models.ModifierGroup]
    found = [one for kind in kinds for one in kind.objects.filter(provider_id=provider_id)]
    assert len(found) == 1
    return found[0]


def at_location(provider_id: str, **fields: Any) -> None:
    """Set the object's overlay at the tests' location."""
    location = models.Location.objects.get(provider_id=LOCATION)
    thing(provider_id).at_locations.create(location=location, **fields)


def here(provider_id: str, **fields: Any) -> Callable[[], None]:
    return lambda: at_location(provider_id, **fields)


def off(provider_id: str, **fields: Any) -> Callable[[], None]:
    return here(provider_id, is_active=False, **fields)


def base(provider_id: str, **fields: Any) -> Callable[[], None]:
    def change() -> None:
        type(thing(provider_id)).objects.filter(provider_id=provider_id).update(**fields)

    return change


def stock(provider_id: str) -> int | None:
    count: int | None = thing(provider_id).at_locations.get().stock_count
    return count


def line(provider_id: str | None, price: Any, quantity: Any = 1, *below: Any, **more: Any) -> Any:
    """A line, or a modifier; without an id it is a markup line."""
    named = {} if provider_id is None else {"provider_id": provider_id}
    modifiers = {"modifiers": list(below)} if below else {}
    return {**named, "quantity": quantity, "price_amount": price, **modifiers, **more}


def burger(*below: Any) -> Any:
    return line("fam_burger", 1000, 1, *below)


def order(*lines: Any, **fields: Any) -> dict[str, Any]:
    """An order's object; its subtotal defaults to the sum of its lines."""
    lines = lines or (line("fam_burger", 1000),)
    common = {"location_id": LOCATION, "idempotency_key": "key-1", "subtotal": sum_of(lines)}
    return {**common, "line_items": list(lines), **fields}


def sum_of(lines: Any) -> int:
    """Contract ORD-NEW: quantity × (price + what is below it), down the tree."""
    return sum(
        int(one["quantity"]) * (int(one["price_amount"]) + sum_of(one.get("modifiers") or []))
        for one in lines
    )


def refusal_in(answer: Any) -> dict[str, Any]:
    """The sections of a refusal, which must be one as the contract says (ORD-NEW, Reject)."""
    assert answer.status_code == 400, (answer.status_code, answer.content)
    assert answer["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert list(body) == ["posValidation"]
    sections: dict[str, Any] = body["posValidation"]
    checks = {
        "stockValidation": _is_stock,
        "orderTotalsValidation": _is_total,
        "orderValidation": _is_reason,
    }
    assert sections
    for name, entries in sections.items():
        assert entries
        assert all(checks[name](entry) for entry in entries), sections
        assert len({json.dumps(entry) for entry in entries}) == len(entries)
    return sections


def reasons_in(sections: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (one["order_error"], one["order_error_reason"])
        for one in sections.get("orderValidation", [])
    ]


def gives_reasons(sections: dict[str, Any], expected: list[tuple[str, str]]) -> bool:
    """Check the codes of the reasons and words in them, in this order."""
    reasons = reasons_in(sections)
    return len(reasons) == len(expected) and all(
        code == wanted and words in reason
        for (code, reason), (wanted, words) in zip(reasons, expected, strict=True)
    )


def _is_stock(entry: Any) -> bool:
    return (
        set(entry) == {"type", "provider_id", "quantity"}
        and entry["type"] in ("item", "modifier")
        and isinstance(entry["provider_id"], str)
        and type(entry["quantity"]) is int
        and entry["quantity"] >= 0
    )


def _is_total(entry: Any) -> bool:
    return set(entry) == {"posTotal", "streamTotal"} and all(
        type(value) is int for value in entry.values()
    )


def _is_reason(entry: Any) -> bool:
    return (
        set(entry) == {"order_error", "order_error_reason"}
        and entry["order_error"] in _ORDER_ERRORS
        and 0 < len(entry["order_error_reason"]) <= 500
    )
