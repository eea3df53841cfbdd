"""A store of the ordering channel with a large menu, carts of ten lines, and quotes for them.

As in the menus of the other rows, two of 300 groups with eight modifiers belong to each family, and
the first modifier of every second group opens the next group.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone

from dsp.channel_api import keys
from dsp.client_role import NAME
from dsp.menu_intake import guest_body
from dsp.menus.reader import read_menu_file
from dsp.models import ChannelOrder, MenuContent, Quote, ReceivedMenu, Store
from dsp.models.quotes import new_quote_id
from dsp.ordering import cart_reading, quotes
from dsp.ordering.body_fields import Fields
from tests.support import factories

FAMILIES, LINES = 5_000, 10
_GROUPS, _MODIFIERS, _PER_CATEGORY = 300, 8, 50
_DESCRIPTION = "Slow-cooked for eight hours, with pickled onions, our own sauce and a soft bun."
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Shop:
    """A connected store with a live menu, and a channel key."""

    store: Store
    key: str


@lru_cache
def make(name: str = "Channel") -> Shop:
    """Create the store of that name and its menu; cached."""
    merchant = factories.merchant(name=name)
    factories.access_token(factories.user(merchant), role=NAME)
    store = Store.objects.create(
        merchant=merchant,
        name=name,
        timezone="America/Chicago",
        phone="+15125550100",
        fulfillment_types=["pickup"],
        connected_at=timezone.now(),
    )
    _go_live(store)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # A database in use has current statistics.
    return Shop(store, keys.create(merchant, name="Benchmark")[1])


def cart(number: int, *, lines: int = LINES) -> dict[str, Any]:
    """Return a cart of different dishes, each with a nested choice and a plain one."""
    first = number * lines
    return {
        "fulfillment_type": "pickup",
        "lines": [_line((first + index) % FAMILIES) for index in range(lines)],
    }


def order_bodies(shop: Shop, count: int, *, lines: int = LINES) -> list[str]:
    """Return bodies of as many paid orders, each by a fresh quote of its own."""
    Quote.objects.filter(store=shop.store).delete()
    ChannelOrder.objects.filter(store=shop.store).delete()
    made = quotes.make(shop.store, cart_reading.read(Fields(cart(0, lines=lines))))
    copies = []
    for _ in range(count):
        made.pk, made.provider_id = None, new_quote_id()
        copies.append(Quote(**{f.attname: getattr(made, f.attname) for f in Quote._meta.fields}))
    Quote.objects.bulk_create(copies, batch_size=500)
    return [_order_body(quote) for quote in copies]


def _order_body(quote: Quote) -> str:
    paid = {"amount": quote.total, "currency": quote.currency}
    payment = {"provider": "bench", "reference": quote.provider_id, **paid}
    customer = {"name": "Ann Lee", "phone": "+15125550100", "email": "ann@example.com"}
    order = {"quote_id": quote.provider_id, "customer": customer, "payment": payment}
    return json.dumps(order)


def _line(index: int) -> dict[str, Any]:
    outer = index % _GROUPS // 2 * 2  # An even group, whose first modifier opens the next one.
    nested = {"id": f"m{outer + 1}-3", "quantity": 1}
    choices = [{"id": f"m{outer}-0", "quantity": 1, "modifiers": [nested]}]
    choices.append({"id": f"m{outer + 1}-5", "quantity": 2})
    return {"id": f"v{index}-0", "quantity": 2, "modifiers": choices}


def _go_live(store: Store) -> None:
    published = read_menu_file(json.dumps(_file()).encode()).menu
    number = 1
    menu = ReceivedMenu.objects.create(
        store=store, arrival=1, number=number, verdict=ReceivedMenu.Verdict.LIVE
    )
    packed = guest_body.compressed(guest_body.pieces(published, number))
    MenuContent.objects.create(
        menu=menu,
        file=b"",
        compiled=msgspec.msgpack.encode(published),
        guest_body=guest_body.unpacked(packed),
        guest_gzip=packed,
        object_ids=b"",
    )
    Store.objects.filter(pk=store.pk).update(live_menu=menu)
    store.live_menu = menu


def _file() -> dict[str, Any]:
    """Return a menu file of version 2."""
    families, items = [], []
    for index in range(FAMILIES):
        outer = index % _GROUPS // 2 * 2
        sizes = [f"v{index}-{size}" for size in range(2)]
        items += [_priced(size, f"Size {size}", 900 + index % 400) for size in sizes]
        families.append(
            {
                "stream_id": f"f{index}",
                "name": f"Dish {index}",
                "description": _DESCRIPTION,
                "item_ids": sizes,
                "modifier_group_ids": [f"g{outer}", f"g{outer + 1}"],
                "tax_ids": ["t"],
            }
        )
    categories = [
        {
            "stream_id": f"c{first}",
            "name": f"Category {first}",
            "item_family_ids": [
                one["stream_id"] for one in families[first : first + _PER_CATEGORY]
            ],
        }
        for first in range(0, FAMILIES, _PER_CATEGORY)
    ]
    week = {day: ["00:00-24:00"] for day in _DAYS}
    listed = [one["stream_id"] for one in categories]
    menu = {"stream_id": "menu", "name": "All day", "schedule": week, "category_ids": listed}
    groups, modifiers = _choices()
    return {
        "prep_time_minutes": 15,
        "menus": [menu],
        "categories": categories,
        "item_families": families,
        "items": items,
        "modifier_groups": groups,
        "modifiers": modifiers,
        "holidays": [],
        "taxes": [{"stream_id": "t", "name": "Sales tax", "rate": 8.5, "is_inclusive": False}],
    }


def _choices() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rules = {"maximum_unique_modifiers_allowed": 4, "selection_type": "multiple"}
    groups, modifiers = [], []
    for group in range(_GROUPS):
        ids = [f"m{group}-{position}" for position in range(_MODIFIERS)]
        groups.append(
            {
                "stream_id": f"g{group}",
                "name": f"Group {group}",
                "modifier_ids": ids,
                "rules": rules,
            }
        )
        for one in ids:
            opens = [f"g{group + 1}"] if one == ids[0] and group % 2 == 0 else []
            modifier = _priced(one, f"Modifier {one}", 50)
            modifiers.append(modifier | {"nested_modifier_group_ids": opens})
    return groups, modifiers


def _priced(stream_id: str, name: str, price: int) -> dict[str, Any]:
    return {"stream_id": stream_id, "name": name, "price": price, "currency": "usd"}
