"""Files of version 2: flat, linked by ids (contract DSP-MENU-V2).

Each array is read once into an index; then menus, categories and families are put together from
the indexes. A family is built once, and again for a menu that has prices of its own for it.
"""

from typing import Any

import msgspec

from . import fields as read
from . import hours, parts
from .choices import Choices
from .decoding import decode
from .fields import Fields
from .items import Item, read_item
from .report import Report
from .schema import Category, Family, Menu, Variation

Arrays = dict[str, list[msgspec.Raw]]


class FlatFile:
    """The reader of one file."""

    def __init__(self, arrays: Arrays, tax_ids: frozenset[str], report: Report) -> None:
        self._tax_ids = tax_ids
        self._menu_values = [decode(raw) for raw in arrays["menus"]]
        self._menu_ids = {
            value["stream_id"]
            for value in self._menu_values
            if isinstance(value, dict) and read.is_id(value.get("stream_id"))
        }
        self._choices = Choices(arrays["modifiers"], arrays["modifier_groups"], report)
        self._items: dict[str, Item] = {
            item.variation.stream_id: item
            for item in report.read_all("variation", map(decode, arrays["items"]), self._item)
        }
        self._family_values = _by_id("family", arrays["item_families"], report)
        self._category_values = _by_id("category", arrays["categories"], report)
        self._families: dict[tuple[str, str], Family | None] = {}

    def menus(self, report: Report) -> tuple[Menu, ...]:
        return report.read_all("menu", self._menu_values, self._menu)

    def _item(self, fields: Fields, report: Report) -> Item:
        return read_item(fields, self._menu_ids, self._choices.modifier_ids, report)

    def _menu(self, fields: Fields, report: Report) -> Menu:
        stream_id = read.stream_id(fields)
        read.required_list(fields, "category_ids")
        categories = []
        for category_id in read.ids(fields, "category_ids", "menu", report):
            category = self._category(category_id, stream_id, report)
            if category is not None:
                categories.append(category)
            elif category_id not in self._category_values:
                read.unknown(fields, "category_ids", category_id, "menu", report)
        week = hours.week(fields, report)
        report.count(len(categories))
        return Menu(stream_id, read.name(fields), week, tuple(categories))

    def _category(self, category_id: str, menu_id: str, report: Report) -> Category | None:
        value = self._category_values.get(category_id)
        if value is None:
            return None
        return report.attempt(
            "category", value, lambda fields, _: self._built_category(fields, menu_id, report)
        )

    def _built_category(self, fields: Fields, menu_id: str, report: Report) -> Category:
        read.required_list(fields, "item_family_ids")
        families = []
        for family_id in read.ids(fields, "item_family_ids", "category", report):
            family = self._family(family_id, menu_id, report)
            if family is not None:
                families.append(family)
            elif family_id not in self._family_values:
                report.see_variations([family_id])
                read.unknown(fields, "item_family_ids", family_id, "category", report)
        report.count(len(families))
        return Category(
            stream_id=read.stream_id(fields),
            name=read.name(fields),
            description=read.text(fields, "description", "category", report),
            families=tuple(families),
        )

    def _family(self, family_id: str, menu_id: str, report: Report) -> Family | None:
        value = self._family_values.get(family_id)
        if value is None:
            return None
        item_ids = value.get("item_ids")
        item_ids = item_ids if isinstance(item_ids, list) else [None]
        report.see_variations(item_ids)
        own = any(
            menu_id in item.by_menu
            for item_id in item_ids
            if isinstance(item_id, str) and (item := self._items.get(item_id))
        )
        key = (family_id, menu_id if own else "")
        if key not in self._families:
            self._families[key] = report.attempt(
                "family", value, lambda fields, _: self._built_family(fields, key[1], report)
            )
        return self._families[key]

    def _built_family(self, fields: Fields, menu_id: str, report: Report) -> Family:
        read.required_list(fields, "item_ids")
        variations: list[Variation] = []
        for item_id in read.ids(fields, "item_ids", "family", report):
            item = self._items.get(item_id)
            if item is None:
                read.unknown(fields, "item_ids", item_id, "family", report)
            else:
                variations.append(item.in_menu(menu_id))
        groups = self._choices.below_family(fields, report)
        return parts.family(fields, tuple(variations), groups, self._tax_ids, report)


def _by_id(kind: str, raw: list[msgspec.Raw], report: Report) -> dict[str, dict[str, Any]]:
    """Return the array's objects by id; whether they are usable is seen when they are built."""

    def read_value(fields: Fields, _: Report) -> Fields:
        read.stream_id(fields)
        return fields

    values = report.read_all(kind, map(decode, raw), read_value)
    return {value["stream_id"]: value for value in values}
