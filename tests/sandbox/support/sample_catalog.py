"""A small catalog with items (sizes), nested and required groups, and channel prices."""

from __future__ import annotations

import copy
from typing import Any


def price(amount: int) -> dict[str, Any]:
    return {"price_amount": amount, "price_currency": "usd"}


def group(provider_id: str, modifiers: list[str], **rules: Any) -> dict[str, Any]:
    return {
        "provider_id": provider_id,
        "name": provider_id,
        "is_active": True,
        "modifier_ids": modifiers,
        "rules": {"selection_type": "single", **rules},
    }


def modifier(provider_id: str, amount: int, **fields: Any) -> dict[str, Any]:
    return {
        "provider_id": provider_id,
        "name": provider_id,
        "is_active": True,
        **price(amount),
        **fields,
    }


def limits(low: int, high: int) -> dict[str, int]:
    return {"minimum_unique_modifiers_allowed": low, "maximum_unique_modifiers_allowed": high}


def catalog() -> dict[str, Any]:
    return copy.deepcopy(CATALOG)


CATALOG: dict[str, Any] = {
    "tax_rate": 8.25,
    "category": [
        {"provider_id": "cat-1", "name": "Mains", "item_family_ids": ["pizza", "burger"]},
        {"provider_id": "cat-2", "name": "Drinks", "item_family_ids": ["soda", "wine"]},
    ],
    "item_family": [
        {
            "provider_id": "pizza",
            "name": "Pizza",
            "is_active": True,
            "item_ids": ["pizza-s", "pizza-l"],
            "modifier_group_ids": ["crust", "toppings"],
            "default_item_id": "pizza-s",
            "tax_ids": ["tax-1"],
        },
        {
            "provider_id": "burger",
            "name": "Burger",
            "is_active": True,
            **price(900),
            "item_ids": [],
            "modifier_group_ids": ["doneness"],
            "dsp_price_amount_overrides": [{"dsp": "uber", "price_amount": 990}],
        },
        {"provider_id": "soda", "name": "Soda", "is_active": True, **price(250)},
        {"provider_id": "wine", "name": "Wine", "is_active": False, **price(1200)},
    ],
    "item": [
        {
            "provider_id": "pizza-s",
            "name": "Small",
            "is_active": True,
            **price(1000),
            "modifier_overrides": [{"modifier_id": "thin", "price_amount": 75}],
        },
        {"provider_id": "pizza-l", "name": "Large", "is_active": True, **price(1600)},
    ],
    "modifier_group": [
        group("crust", ["thin", "stuffed"], **limits(1, 1)),
        group("toppings", ["olives", "ham", "half"], **limits(0, 3)),
        group("halves", ["left", "right"], **limits(2, 2)),
        group(
            "doneness", ["rare", "done"], **limits(1, 1), default_modifier_quantities={"done": 1}
        ),
    ],
    "modifier": [
        modifier("thin", 50),
        modifier("stuffed", 200),
        modifier("olives", 120),
        modifier("ham", 150),
        modifier("half", 10, modifier_group_ids=["halves"]),
        modifier("left", 30),
        modifier("right", 40),
        modifier("rare", 0),
        modifier("done", 0),
    ],
    "menu": [
        {
            "provider_id": "menu-1",
            "name": "All day",
            "category_ids": ["cat-1", "cat-2"],
            "schedule": {
                day: ["00:00-23:59"]
                for day in (
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                )
            },
        }
    ],
    "tax": [{"provider_id": "tax-1", "name": "Sales tax", "rate": 8.25, "is_default": True}],
}
