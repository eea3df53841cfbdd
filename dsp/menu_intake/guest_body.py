"""The menu that guests get, as JSON without its last brace (docs/dsp-menus.md).

Who serves it appends the availability of the moment and the brace. It is written in pieces, because
the whole may be large. Modifier groups come last, each different one once: dishes and modifiers
refer to them by their place.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dsp.menus.hours import DAY_MINUTES, DAYS
from dsp.menus.schema import (
    Category,
    Family,
    Holiday,
    Menu,
    Modifier,
    ModifierGroup,
    PublishedMenu,
    Rules,
    Tax,
    Variation,
    Window,
)

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LEVEL = 6
_PIECE_BYTES = 2**16
_encode = msgspec.json.Encoder().encode


def render(menu: PublishedMenu, number: int) -> bytes:
    """Return the guest's menu without its last brace; `number` is its version."""
    return b"".join(pieces(menu, number))


def pieces(menu: PublishedMenu, number: int) -> Iterator[bytes]:
    """Yield the same in pieces, of which few are longer than a dish."""
    head = {
        "menu_version": number,
        "currency": menu.currency,
        "prep_time_minutes": menu.prep_time_minutes,
    }
    yield _encode(head)[:-1] + b',"menus":['
    groups = _Groups()
    for position, one in enumerate(menu.menus):
        yield b"," if position else b""
        yield from _menu(one, groups)
    tail = {
        "holidays": [_holiday(one) for one in menu.holidays],
        "taxes": [_tax(one) for one in menu.taxes],
    }
    yield b"]," + _encode(tail)[1:-1] + b',"modifier_groups":['
    for position, text in enumerate(groups.texts()):
        yield b"," + text if position else text
    yield b"]"


def compressed(parts: Iterator[bytes]) -> bytes:
    """Return the pieces as gzip that can be continued: flushed, its deflate stream not ended.

    The last eight bytes are the checksum and the length so far.
    """
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed, checksum, length = [GZIP_HEADER], 0, 0
    for piece in _joined(parts):
        packed.append(deflate.compress(piece))
        checksum, length = zlib.crc32(piece, checksum), length + len(piece)
    packed.append(deflate.flush(zlib.Z_FULL_FLUSH))
    packed.append(checksum.to_bytes(4, "little") + (length % 2**32).to_bytes(4, "little"))
    return b"".join(packed)


def unpacked(packed: bytes) -> bytes:
    """Return the body of what `compressed` returned."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    return inflate.decompress(memoryview(packed)[len(GZIP_HEADER) : -8])


def _joined(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield fewer, longer pieces: each one costs a call."""
    held: list[bytes] = []
    length = 0
    for piece in parts:
        held.append(piece)
        length += len(piece)
        if length >= _PIECE_BYTES:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held)


def hours_text(window: Window) -> str:
    """Return a window as `07:00-22:00`; an end that is not later lies on the next day."""
    end = window.end if window.end <= DAY_MINUTES else window.end - DAY_MINUTES
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (window.start, end))


def _filled(required: dict[str, Any], optional: dict[str, Any]) -> dict[str, Any]:
    return required | {
        name: value for name, value in optional.items() if value not in ("", (), [], {}, None)
    }


def _menu(menu: Menu, groups: "_Groups") -> Iterator[bytes]:
    hours = {
        day: [hours_text(window) for window in windows]
        for day, windows in zip(DAYS, menu.week, strict=True)
    }
    head = {"id": menu.stream_id, "name": menu.name, "hours": hours}
    yield _encode(head)[:-1] + b',"categories":['
    for position, category in enumerate(menu.categories):
        yield b"," if position else b""
        yield from _category(category, groups)
    yield b"]}"


def _category(category: Category, groups: "_Groups") -> Iterator[bytes]:
    head = _filled(
        {"id": category.stream_id, "name": category.name}, {"description": category.description}
    )
    yield _encode(head)[:-1] + b',"items":['
    for position, family in enumerate(category.families):
        yield b"," if position else b""
        yield _encode(_family(family, groups))
    yield b"]}"


def _family(family: Family, groups: "_Groups") -> dict[str, Any]:
    optional = {
        "description": family.description,
        "image_url": family.image_url,
        "allergens": family.allergens,
        "default_variation_id": family.default_variation_id,
        "modifier_group_indexes": groups.indexes(family.groups),
    }
    return _filled(
        {
            "id": family.stream_id,
            "name": family.name,
            "is_active": family.is_active,
            "is_alcohol": family.is_alcohol,
            "tax_ids": family.tax_ids,
            "variations": [_variation(one) for one in family.variations],
        },
        optional,
    )


def _variation(variation: Variation) -> dict[str, Any]:
    required = {
        "id": variation.stream_id,
        "name": variation.name,
        "price": variation.price,
        "is_active": variation.is_active,
    }
    prices = dict(variation.modifier_prices)
    return _filled(required, {"stock_count": variation.stock_count, "modifier_prices": prices})


class _Groups:
    """The different modifier groups of one menu, in the order in which they are complete."""

    def __init__(self) -> None:
        self._by_text: dict[bytes, int] = {}
        self._by_identity: dict[int, int] = {}  # The menu keeps its groups alive.

    def texts(self) -> Iterable[bytes]:
        """Return the JSON of each group."""
        return self._by_text

    def indexes(self, groups: Iterable[ModifierGroup]) -> list[int]:
        """Return the places of these groups, which get one if they have none yet."""
        return [self._index(one) for one in groups]

    def _index(self, group: ModifierGroup) -> int:
        index = self._by_identity.get(id(group))
        if index is None:
            # Those below it come first, so that equal groups have equal texts.
            text = _encode(self._group(group))
            index = self._by_text.setdefault(text, len(self._by_text))
            self._by_identity[id(group)] = index
        return index

    def _group(self, group: ModifierGroup) -> dict[str, Any]:
        required = {"id": group.stream_id, "name": group.name}
        modifiers = {"modifiers": [self._modifier(one) for one in group.modifiers]}
        return required | _rules(group.rules) | modifiers

    def _modifier(self, modifier: Modifier) -> dict[str, Any]:
        required = {
            "id": modifier.stream_id,
            "name": modifier.name,
            "price": modifier.price,
            "is_active": modifier.is_active,
        }
        optional = {
            "image_url": modifier.image_url,
            "modifier_group_indexes": self.indexes(modifier.groups),
        }
        return _filled(required, optional)


def _rules(rules: Rules) -> dict[str, Any]:
    required = {
        "minimum": rules.minimum,
        "free": rules.free,
        "selection_type": rules.selection_type,
    }
    return _filled(required, {"maximum": rules.maximum, "defaults": dict(rules.defaults)})


def _holiday(holiday: Holiday) -> dict[str, Any]:
    required = {
        "date": f"{holiday.month:02}-{holiday.day:02}",
        "hours": [hours_text(window) for window in holiday.windows],
    }
    return _filled(required, {"years": holiday.years, "name": holiday.name})


def _tax(tax: Tax) -> dict[str, Any]:
    return {
        "id": tax.stream_id,
        "name": tax.name,
        "rate": float(tax.rate),
        "is_inclusive": tax.is_inclusive,
    }
