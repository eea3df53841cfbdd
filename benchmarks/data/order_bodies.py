"""Orders sent by the rows: ten lines, two levels of modifiers, one dish that sells out.

Part of the menu's families have a stock count of one. Each order takes one of these, which changes
the catalog and owes Stream an event. The other lines are families without a stock count.
"""

import itertools
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from catalog import models
from catalog.models import FamilyAtLocation
from orders.models import Order

from . import menus

FAMILIES, COUNTED = 5_000, 3_000
LINES, ROWS = 10, 40  # Per order: lines, and lines including their modifiers.
_LINES_UNCOUNTED = LINES - 1
_numbers = itertools.count(1)

Priced = tuple[str, int]  # provider_id and price.


class _Dish(NamedTuple):
    """A family with a modifier that has a nested one, and a plain modifier."""

    family: Priced
    outer: Priced
    inner: Priced
    plain: Priced


def shop() -> menus.Menu:
    """Return the connected restaurant, created on first use."""
    return menus.make(FAMILIES, is_nested=True)


def delete_orders() -> None:
    """Delete all orders and everything that depends on them, for a fresh measurement."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Order._meta.db_table} CASCADE")


def restock(menu: menus.Menu) -> None:
    """Reset the stock of each counted family to one."""
    FamilyAtLocation.objects.filter(location=menu.location).delete()
    families = models.ItemFamily.objects.filter(merchant=menu.merchant).order_by("pk")
    FamilyAtLocation.objects.bulk_create(
        [
            FamilyAtLocation(object_id=pk, location=menu.location, stock_count=1)
            for pk in families.values_list("pk", flat=True)[:COUNTED]
        ]
    )
    with connection.cursor() as cursor:  # As autovacuum would within a minute.
        cursor.execute(f"ANALYZE {FamilyAtLocation._meta.db_table}")


@contextmanager
def bodies_file(menu: menus.Menu, count: int) -> Iterator[Path]:
    """Yield a file with `count` new orders, one body per line, each with its own key."""
    assert count <= COUNTED
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for number in range(count):
            file.write(f"{json.dumps(_order(menu, number))}\n")
        file.flush()
        yield Path(file.name)


def _order(menu: menus.Menu, number: int) -> dict[str, Any]:
    dishes = _dishes(menu)
    uncounted = len(dishes) - COUNTED
    others = [
        COUNTED + (number * _LINES_UNCOUNTED + n) % uncounted for n in range(_LINES_UNCOUNTED)
    ]
    lines = [_line(dishes[index]) for index in (number, *others)]
    key = next(_numbers)
    order = {
        "location_id": menu.location.provider_id,
        "idempotency_key": f"bench-{key:08}",
        "source": "uber",
        "dsp_order_id": f"uber-{key:08}",
        "dsp_order_number": f"U-{key % 1000:03}",
        "fulfillment_type": "delivery",
        "placed_at": 1_780_000_000_000 + key,
        "customers": [{"id": "c1", "name": "Ada Guest", "phone": "+15125550100"}],
        "delivery_address": {"address_line_1": "5 Side St", "city": "Austin", "state": "TX"},
        "special_instructions": "Please ring twice.",
        "line_items": lines,
        "subtotal": sum(_line_total(line) for line in lines),
        "tax": 1234,
        "driver_tip": 500,
    }
    return {"type": "order.created", "object": order}


def _line(dish: _Dish) -> dict[str, Any]:
    modifiers = [
        _line_item(dish.outer, "Extra", _line_item(dish.inner, "Choice")),
        _line_item(dish.plain, "Side"),
    ]
    line = _line_item(dish.family, "Burger", *modifiers)
    return line | {"special_instructions": "Well done."}


def _line_item(priced: Priced, name: str, *modifiers: dict[str, Any]) -> dict[str, Any]:
    provider_id, price = priced
    line = {"provider_id": provider_id, "name": name, "quantity": 1, "price_amount": price}
    return {**line, "price_currency": "usd", "modifiers": list(modifiers)}


def _line_total(line: dict[str, Any]) -> int:
    return int(line["price_amount"]) + sum(_line_total(modifier) for modifier in line["modifiers"])


@lru_cache
def _dishes(menu: menus.Menu) -> list[_Dish]:
    members: dict[int, list[tuple[int, Priced]]] = defaultdict(list)
    for group, key, *priced in models.GroupModifier.objects.filter(
        group__merchant=menu.merchant
    ).values_list("group_id", "modifier_id", "modifier__provider_id", "modifier__price_amount"):
        members[group].append((key, (priced[0], priced[1] or 0)))
    nested = models.ModifierNestedGroup.objects.filter(modifier__merchant=menu.merchant)
    inner = dict(nested.values_list("modifier_id", "group_id"))
    families = models.ItemFamily.objects.filter(merchant=menu.merchant).order_by("pk")
    return [
        _dish((family.provider_id, family.price_amount or 0), family, members, inner)
        for family in families.prefetch_related("group_links")
    ]


def _dish(
    priced: Priced,
    family: models.ItemFamily,
    members: dict[int, list[tuple[int, Priced]]],
    inner: dict[int, int],
) -> _Dish:
    groups = [link.group_id for link in family.group_links.all()]
    opening, closed = sorted(groups, key=lambda group: members[group][0][0] not in inner)
    key, outer = members[opening][0]
    return _Dish(priced, outer, members[inner[key]][1][1], members[closed][2][1])
