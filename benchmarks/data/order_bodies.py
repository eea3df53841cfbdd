"""The orders that the rows send: ten lines, modifiers in two levels, one dish that sells out.

Half of the menu's families are counted, one of each is left: an order takes one of them, and so
changes what Stream pulls and owes it an event. The other lines are of families that nobody counts.
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
LINES, ROWS = 10, 40  # Of each order: its lines, and with the modifiers below them.
_LINES_UNCOUNTED = LINES - 1
_numbers = itertools.count(1)

Priced = tuple[str, int]  # The provider_id and the price.


class _Dish(NamedTuple):
    """A family with a modifier that has another one below it, and a plain one."""

    family: Priced
    outer: Priced
    inner: Priced
    plain: Priced


def shop() -> menus.Menu:
    """The connected restaurant; the same one when it is asked for again."""
    return menus.make(FAMILIES, is_nested=True)


def forget() -> None:
    """All orders at once, with all that hangs on them, so that each measurement begins alike."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Order._meta.db_table} CASCADE")


def restock(menu: menus.Menu) -> None:
    """One of each counted family is there again."""
    FamilyAtLocation.objects.filter(location=menu.location).delete()
    families = models.ItemFamily.objects.filter(merchant=menu.merchant).order_by("pk")
    FamilyAtLocation.objects.bulk_create(
        [
            FamilyAtLocation(object_id=pk, location=menu.location, stock_count=1)
            for pk in families.values_list("pk", flat=True)[:COUNTED]
        ]
    )
    with connection.cursor() as cursor:  # As autovacuum does within a minute.
        cursor.execute(f"ANALYZE {FamilyAtLocation._meta.db_table}")


@contextmanager
def written(menu: menus.Menu, count: int) -> Iterator[Path]:
    """A file with so many new orders, one body a line; each with a key of its own."""
    assert count <= COUNTED
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for number in range(count):
            file.write(f"{json.dumps(_order(menu, number))}\n")
        file.flush()
        yield Path(file.name)


def _order(menu: menus.Menu, number: int) -> dict[str, Any]:
    dishes = _dishes(menu)
    free = len(dishes) - COUNTED
    others = [COUNTED + (number * _LINES_UNCOUNTED + n) % free for n in range(_LINES_UNCOUNTED)]
    lines = [_line(dishes[place]) for place in (number, *others)]
    key = next(_numbers)
    sent = {
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
        "subtotal": sum(_sum(one) for one in lines),
        "tax": 1234,
        "driver_tip": 500,
    }
    return {"type": "order.created", "object": sent}


def _line(dish: _Dish) -> dict[str, Any]:
    below = [_sold(dish.outer, "Extra", _sold(dish.inner, "Choice")), _sold(dish.plain, "Side")]
    return _sold(dish.family, "Burger", *below) | {"special_instructions": "Well done."}


def _sold(one: Priced, name: str, *below: dict[str, Any]) -> dict[str, Any]:
    provider_id, price = one
    sold = {"provider_id": provider_id, "name": name, "quantity": 1, "price_amount": price}
    return {**sold, "price_currency": "usd", "modifiers": list(below)}


def _sum(line: dict[str, Any]) -> int:
    return int(line["price_amount"]) + sum(_sum(one) for one in line["modifiers"])


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
    sold: Priced,
    family: models.ItemFamily,
    members: dict[int, list[tuple[int, Priced]]],
    inner: dict[int, int],
) -> _Dish:
    groups = [link.group_id for link in family.group_links.all()]
    opening, closed = sorted(groups, key=lambda group: members[group][0][0] not in inner)
    key, outer = members[opening][0]
    return _Dish(sold, outer, members[inner[key]][1][1], members[closed][2][1])
