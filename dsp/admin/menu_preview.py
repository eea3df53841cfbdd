"""A received menu as guests see it: dishes, sizes and choices with what is sold out."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dsp.menus.schema import Family, Modifier, ModifierGroup
from dsp.models import AvailabilityChange, MenuContent, ReceivedMenu
from dsp.stored_menus import preview
from dsp.stored_menus.preview import Dish, Part
from integration import currency as currencies
from integration.bounded import process
from integration.bounded.turns import Turns
from integration.db import database_time

_LARGE_BYTES = 2**20  # Decoding more would hold up the other requests of the process.
_LIMITS = process.Limits(memory_mb=500, seconds=20)
_turns = Turns(1)
_MOST_PAGES = 100_000

Changes = dict[tuple[str, str], AvailabilityChange]


def page_of(menu: ReceivedMenu, asked: str) -> dict[str, Any] | None:
    """Return one page for the template, or None if the menu is not kept.

    Raises turns.Busy and process.OutOfBounds.
    """
    stored = MenuContent.objects.filter(menu=menu).values_list("compiled", flat=True).first()
    if not stored:
        return None
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    number = min(max(number, 1), _MOST_PAGES)
    part = _part(bytes(stored), number)
    changes = _changes(menu)
    return {
        "dishes": list(_rows(part, changes)),
        "count": part.count,
        "number": number,
        "pages": -(-part.count // preview.PER_PAGE),
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if number * preview.PER_PAGE < part.count else None,
    }


def _part(compiled: bytes, number: int) -> Part:
    if len(compiled) <= _LARGE_BYTES:
        encoded = preview.cut(compiled, number)
    else:
        with _turns.take():
            encoded = process.run(
                "dsp.stored_menus.preview:cut", number, content=compiled, limits=_LIMITS
            )
    return msgspec.msgpack.decode(encoded, type=Part)


def _changes(menu: ReceivedMenu) -> Changes:
    """Return the updates that lie over the menu while it is live."""
    if menu.verdict != ReceivedMenu.Verdict.LIVE:
        return {}
    rows = AvailabilityChange.objects.filter(store=menu.store_id, arrival__gt=menu.arrival)
    now = database_time.now()
    return {(row.kind, row.stream_id): row for row in rows if row.until is None or row.until > now}


def _is_on(changes: Changes, kind: str, stream_id: str, otherwise: bool) -> bool:
    change = changes.get((kind, stream_id))
    return otherwise if change is None else change.is_active


def _why(changes: Changes, kind: str, stream_id: str) -> str:
    """Return why it is off in spite of its menu; empty if Stream's update gave no reason."""
    change = changes.get((kind, stream_id))
    return change.reason if change is not None and not change.is_active else ""


def _rows(part: Part, changes: Changes) -> Iterator[dict[str, Any]]:
    place: tuple[str, str] | None = None
    for dish in part.dishes:
        here = (dish.menu, dish.category)
        yield _dish(dish, part.currency, changes) | {"is_first": here != place}
        place = here


def _dish(dish: Dish, currency: str, changes: Changes) -> dict[str, Any]:
    family = dish.family
    sizes = [
        {
            "name": one.name,
            "price": currencies.as_text(one.price, currency),
            "is_on": _is_on(changes, "variations", one.stream_id, one.is_active)
            and one.stock_count != 0,
            "why": _why(changes, "variations", one.stream_id),
        }
        for one in family.variations
    ]
    is_on = _is_on(changes, "items", family.stream_id, family.is_active)
    return {
        "menu": dish.menu,
        "category": dish.category,
        "name": family.name,
        "description": family.description[:300],
        "is_on": is_on and any(size["is_on"] for size in sizes),
        "why": _why(changes, "items", family.stream_id),
        "tags": _tags(family),
        "sizes": sizes,
        "groups": [_group(one, currency, changes) for one in family.groups],
    }


def _tags(family: Family) -> list[str]:
    return [*(["alcohol"] if family.is_alcohol else []), *family.allergens[:30]]


def _group(group: ModifierGroup, currency: str, changes: Changes) -> dict[str, Any]:
    most = "any number" if group.rules.maximum is None else group.rules.maximum
    return {
        "name": group.name,
        "rule": f"{group.rules.minimum} to {most}",
        "options": [_option(one, currency, changes) for one in group.modifiers[:60]],
        "more": max(len(group.modifiers) - 60, 0),
    }


def _option(modifier: Modifier, currency: str, changes: Changes) -> dict[str, Any]:
    return {
        "name": modifier.name,
        "price": currencies.as_text(modifier.price, currency) if modifier.price else "",
        "is_on": _is_on(changes, "modifiers", modifier.stream_id, modifier.is_active),
        "why": _why(changes, "modifiers", modifier.stream_id),
        "below": ", ".join(group.name for group in modifier.groups),
    }
