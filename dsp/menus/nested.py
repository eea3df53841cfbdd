"""Files of version 1: nested, with data repeated (contract DSP-MENU-V1).

Menus and categories are unfolded one by one, items are decoded one at a time, and what is equal to
something read before is that thing again: memory follows the different objects, not the copies.
"""

import marshal
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from . import fields as read
from . import hours, parts
from .decoding import decode
from .fields import Fields
from .report import Report
from .schema import Category, Family, Menu, Modifier, ModifierGroup


class NestedFile:
    """The reader of one file."""

    def __init__(self, tax_ids: frozenset[str]) -> None:
        self._tax_ids = tax_ids
        self._families: dict[bytes, Family] = {}
        self._groups: dict[bytes, tuple[ModifierGroup, ...]] = {}

    def menus(self, raw: list[msgspec.Raw], report: Report) -> tuple[Menu, ...]:
        return report.read_all("menu", _unfolded(raw, "categories"), self._menu)

    def _menu(self, fields: Fields, report: Report) -> Menu:
        # What hangs on an unusable menu is read all the same: it counts as fallen out.
        raw = _unfolded(read.required_list(fields, "categories"), "items")
        categories = report.read_all("category", raw, self._category)
        menu = Menu(
            stream_id=read.stream_id(fields),
            name=read.name(fields),
            week=hours.week(fields, report),
            categories=categories,
        )
        report.count(len(categories))
        return menu

    def _category(self, fields: Fields, report: Report) -> Category:
        values = _decoded(read.required_list(fields, "items"), report)
        families = report.read_all("family", values, self._shared_family)
        category = Category(
            stream_id=read.stream_id(fields),
            name=read.name(fields),
            description=read.text(fields, "description", "category", report),
            families=families,
        )
        report.count(len(families))
        return category

    def _shared_family(self, fields: Fields, report: Report) -> Family:
        variations = fields.get("variations")
        values = variations if isinstance(variations, list) else [None]
        report.see_variations(
            value.get("stream_id") if isinstance(value, dict) else None for value in values
        )
        key = _fingerprint(fields)
        if key not in self._families:
            self._families[key] = self._family(fields, report)
        return self._families[key]

    def _family(self, fields: Fields, report: Report) -> Family:
        variations = report.read_all(
            "variation", read.required_list(fields, "variations"), parts.variation
        )
        groups = self._groups_of(fields, "modifier_groups", "family", report)
        return parts.family(fields, variations, groups, self._tax_ids, report)

    def _groups_of(
        self, fields: Fields, field: str, kind: str, report: Report
    ) -> tuple[ModifierGroup, ...]:
        """Read the groups below an item or a modifier."""
        values = read.optional_list(fields, field, kind, report)
        if not values:
            return ()
        key = _fingerprint(values)
        if key not in self._groups:
            self._groups[key] = report.read_all("modifier_group", values, self._group)
        return self._groups[key]

    def _group(self, fields: Fields, report: Report) -> ModifierGroup:
        stream_id, name = read.stream_id(fields), read.name(fields)
        modifiers = report.read_all(
            "modifier", read.required_list(fields, "modifiers"), self._modifier
        )
        report.count(len(modifiers))
        known = {modifier.stream_id for modifier in modifiers}
        return ModifierGroup(stream_id, name, parts.rules(fields, None, known, report), modifiers)

    def _modifier(self, fields: Fields, report: Report) -> Modifier:
        groups = self._groups_of(fields, "nested_modifier_groups", "modifier", report)
        return parts.modifier(fields, report, groups)


def _unfolded(raw: Iterable[msgspec.Raw], field: str) -> Iterator[Any]:
    """Yield the objects with the elements of the list `field` still undecoded."""
    for one in raw:
        try:
            shallow = msgspec.json.decode(one, type=dict[str, msgspec.Raw])
            elements = msgspec.json.decode(shallow.pop(field, b"null"), type=list[msgspec.Raw])
        except msgspec.ValidationError:
            yield decode(one)
        else:
            yield {**{key: decode(value) for key, value in shallow.items()}, field: elements}


def _decoded(raw: list[msgspec.Raw], report: Report) -> Iterator[Any]:
    for one in raw:
        value = decode(one)
        if not isinstance(value, dict):
            report.see_variations([None])
        yield value


def _fingerprint(value: Any) -> bytes:
    # Version 2 writes equal values alike; later ones also write which of them are one object.
    return blake2b(marshal.dumps(value, 2), digest_size=16).digest()
