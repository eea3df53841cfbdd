"""Menu files as Stream publishes them: dishes of two sizes and two groups of six modifiers each."""

from typing import Any

from dsp.models import Store
from tests.support import factories

_GROUPS, _MODIFIERS, _PER_CATEGORY = 300, 6, 100
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
File = dict[str, Any]


def store() -> Store:
    """Create a merchant with one store."""
    return Store.objects.create(merchant=factories.merchant(), name="Store", timezone="UTC")


def flat(families: int) -> File:
    """Return a file of version 2."""
    ids = range(families)
    categories = range(-(-families // _PER_CATEGORY))
    return {
        "prep_time_minutes": 15,
        "menus": [
            {
                "stream_id": "menu",
                "name": "All day",
                "schedule": {day: ["7:00-22:00"] for day in _DAYS},
                "category_ids": [f"c{number}" for number in categories],
            }
        ],
        "categories": [
            {
                "stream_id": f"c{number}",
                "name": f"Category {number}",
                "item_family_ids": [f"f{one}" for one in ids if one // _PER_CATEGORY == number],
            }
            for number in categories
        ],
        "item_families": [_family(number) for number in ids],
        "items": [_item(number, size) for number in ids for size in range(2)],
        "modifier_groups": [_group(number) for number in range(_GROUPS)],
        "modifiers": [
            _modifier(group, number) for group in range(_GROUPS) for number in range(_MODIFIERS)
        ],
        "holidays": [],
        "taxes": [{"stream_id": "tax", "name": "Sales tax", "rate": 8.5}],
    }


def nested(file: File) -> File:
    """Return the same menu as a file of version 1."""
    modifiers = {
        one["stream_id"]: {**one, "nested_modifier_groups": []} for one in file["modifiers"]
    }
    groups = {
        one["stream_id"]: _without(one, "modifier_ids")
        | {"modifiers": [modifiers[key] for key in one["modifier_ids"]]}
        for one in file["modifier_groups"]
    }
    items = {one["stream_id"]: one for one in file["items"]}
    families = {
        one["stream_id"]: _without(one, "item_ids", "modifier_group_ids")
        | {
            "variations": [items[key] for key in one["item_ids"]],
            "modifier_groups": [groups[key] for key in one["modifier_group_ids"]],
        }
        for one in file["item_families"]
    }
    categories = [
        _without(one, "item_family_ids")
        | {"items": [families[key] for key in one["item_family_ids"]]}
        for one in file["categories"]
    ]
    menu = _without(file["menus"][0], "category_ids") | {"categories": categories}
    kept = {name: file[name] for name in ("prep_time_minutes", "holidays", "taxes")}
    return kept | {"menus": [menu]}


def _family(number: int) -> File:
    return {
        "stream_id": f"f{number}",
        "name": f"Dish {number}",
        "description": "Slow-cooked for eight hours, with pickled onions and a soft bun.",
        "item_ids": [f"f{number}-0", f"f{number}-1"],
        "modifier_group_ids": [f"g{number % _GROUPS}", f"g{(number * 7 + 1) % _GROUPS}"],
        "tax_ids": ["tax"],
    }


def _item(number: int, size: int) -> File:
    return _priced(f"f{number}-{size}", ("Regular", "Large")[size], 800 + 200 * size + number % 50)


def _group(number: int) -> File:
    return {
        "stream_id": f"g{number}",
        "name": f"Group {number}",
        "modifier_ids": [f"m{number}-{one}" for one in range(_MODIFIERS)],
        "rules": {"maximum_unique_modifiers_allowed": 3, "selection_type": "multiple"},
    }


def _modifier(group: int, number: int) -> File:
    return _priced(f"m{group}-{number}", f"Modifier {group} {number}", 50 * number)


def _priced(stream_id: str, name: str, price: int) -> File:
    return {
        "stream_id": stream_id,
        "name": name,
        "price": price,
        "currency": "usd",
        "is_active": True,
    }


def _without(fields: File, *names: str) -> File:
    return {name: value for name, value in fields.items() if name not in names}
