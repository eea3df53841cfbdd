"""A compiled menu: what an order is judged by, except what a location switches or counts.

Its objects refer to each other by primary keys and are never changed, so threads share them.
"""

from typing import Any

import msgspec

FORMAT = 1  # To be raised with any change of these classes, which read what was stored before.
_OPTIONS: dict[str, Any] = {"frozen": True, "array_like": True, "gc": False}


class Sold(msgspec.Struct, **_OPTIONS):
    """An item, a family or a modifier that is not archived."""

    key: int
    provider_id: str
    name: str
    is_active: bool
    price_amount: int | None
    family: int = 0  # Of an item.
    has_items: bool = False  # A family comes in sizes.
    dsp_prices: dict[str, int] | None = None


class Family(msgspec.Struct, **_OPTIONS):
    """The family of an item; it may be archived."""

    key: int
    provider_id: str
    name: str
    is_active: bool


class Group(msgspec.Struct, **_OPTIONS):
    """A modifier group that is not archived, as the menu has it."""

    key: int
    provider_id: str
    name: str
    is_active: bool
    minimum: int
    maximum: int | None
    selection_type: str
    free_modifiers: int


class Menu(msgspec.Struct, **_OPTIONS):
    """A merchant's menu, for look-up by the IDs in an order."""

    items: dict[str, Sold]
    families: dict[str, Sold]
    modifiers: dict[str, Sold]
    families_of_items: dict[int, Family]
    groups: dict[int, Group]
    groups_of_families: dict[int, tuple[int, ...]]
    groups_of_modifiers: dict[int, tuple[int, ...]]
    defaults: dict[int, dict[int, int]]  # Modifier → its groups → default quantity.
    options: dict[int, tuple[int, ...]]  # Group with a minimum → its options that are switched on.
    size_prices: dict[int, dict[int, int]]  # Item → modifier → price.


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Menu)


def encode(menu: Menu) -> bytes:
    return _encoder.encode(menu)


def decode(content: bytes) -> Menu:
    return _decoder.decode(content)
