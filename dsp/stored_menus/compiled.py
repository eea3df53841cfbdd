"""The stored form of a menu: msgpack, read back with equal modifier groups shared again.

Without that, a menu whose groups thousands of dishes share would take ten times the memory.
"""

import msgspec
from msgspec import Raw, Struct

from dsp.menus.schema import (
    Category,
    Family,
    Holiday,
    Menu,
    ModifierGroup,
    PublishedMenu,
    Tax,
    Window,
)

_Week = tuple[tuple[Window, ...], ...]


class _Family(Family, frozen=True, kw_only=True):
    groups: tuple[Raw, ...]  # type: ignore[assignment]  # Not decoded yet.


class _Category(Struct, frozen=True):
    stream_id: str
    name: str
    description: str
    families: tuple[_Family, ...]


class _Menu(Struct, frozen=True):
    stream_id: str
    name: str
    week: _Week
    categories: tuple[_Category, ...]


class _File(Struct, frozen=True):
    version: int
    currency: str
    prep_time_minutes: int
    menus: tuple[_Menu, ...]
    taxes: tuple[Tax, ...]
    holidays: tuple[Holiday, ...]


_decoder = msgspec.msgpack.Decoder(_File)
_group_decoder = msgspec.msgpack.Decoder(ModifierGroup)


def pack(menu: PublishedMenu) -> bytes:
    return msgspec.msgpack.encode(menu)


def unpack(compiled: bytes) -> PublishedMenu:
    file = _decoder.decode(compiled)
    shared = _Shared()
    return PublishedMenu(
        version=file.version,
        currency=file.currency,
        prep_time_minutes=file.prep_time_minutes,
        menus=tuple(_menu(menu, shared) for menu in file.menus),
        taxes=file.taxes,
        holidays=file.holidays,
    )


def _menu(menu: _Menu, shared: "_Shared") -> Menu:
    return Menu(
        stream_id=menu.stream_id,
        name=menu.name,
        week=menu.week,
        categories=tuple(
            Category(
                stream_id=one.stream_id,
                name=one.name,
                description=one.description,
                families=tuple(shared.family(family) for family in one.families),
            )
            for one in menu.categories
        ),
    )


class _Shared:
    """The modifier groups of a menu by their encoded form."""

    def __init__(self) -> None:
        self._groups: dict[bytes, ModifierGroup] = {}

    def family(self, stored: _Family) -> Family:
        fields = {name: getattr(stored, name) for name in Family.__struct_fields__}
        return Family(**fields | {"groups": tuple(self._group(raw) for raw in stored.groups)})

    def _group(self, raw: Raw) -> ModifierGroup:
        encoded = bytes(raw)
        group = self._groups.get(encoded)
        if group is None:
            group = self._groups[encoded] = _group_decoder.decode(encoded)
        return group
