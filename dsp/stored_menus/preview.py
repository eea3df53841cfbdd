"""A part of a compiled menu, for a page that shows a few dishes of many."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from dsp.menus.schema import Family, PublishedMenu

from . import compiled

PER_PAGE = 40


class Dish(Struct, frozen=True):
    """A dish where it stands in the menu."""

    menu: str
    category: str
    family: Family


class Part(Struct, frozen=True):
    """One page of dishes, and the number of all."""

    currency: str
    count: int
    dishes: list[Dish]


def cut(content: bytes, page: int) -> bytes:
    """Return the encoded Part with that page, counted from 1; also for a bounded process."""
    menu = compiled.unpack(content)
    dishes = list(_dishes(menu))
    start = (page - 1) * PER_PAGE
    part = Part(menu.currency, len(dishes), dishes[start : start + PER_PAGE])
    return msgspec.msgpack.encode(part)


def _dishes(menu: PublishedMenu) -> Iterator[Dish]:
    for one in menu.menus:
        for category in one.categories:
            for family in category.families:
                yield Dish(one.name, category.name, family)
