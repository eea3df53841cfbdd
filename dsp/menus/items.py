"""Items of a v2 file: variations with prices of their own in menus and for modifiers."""

import msgspec
from msgspec import Struct

from . import fields as read
from . import parts
from .fields import Fields
from .report import Report, Unusable
from .schema import Variation


class InMenu(Struct, frozen=True):
    """An item in one menu; None: as everywhere."""

    price: int | None
    is_active: bool | None


class Item(Struct, frozen=True):
    variation: Variation
    by_menu: dict[str, InMenu]

    def in_menu(self, menu_id: str) -> Variation:
        own = self.by_menu.get(menu_id)
        if own is None:
            return self.variation
        price, is_active = own.price, own.is_active
        return msgspec.structs.replace(
            self.variation,
            price=self.variation.price if price is None else price,
            is_active=self.variation.is_active if is_active is None else is_active,
        )


def read_item(fields: Fields, menu_ids: set[str], modifier_ids: set[str], report: Report) -> Item:
    """Read an item. One with a broken price for a menu or a modifier is unusable."""
    prices = []
    for modifier_id, override in _overrides(
        fields, "modifier_overrides", "modifier_id", modifier_ids, report
    ):
        if override.get("price_amount") is not None:
            prices.append((modifier_id, read.price(override, "price_amount")))
    by_menu = {
        menu_id: _in_menu(override, report)
        for menu_id, override in _overrides(
            fields, "menu_specific_overrides", "menu_id", menu_ids, report
        )
    }
    report.count(len(by_menu))
    return Item(parts.variation(fields, report, tuple(prices)), by_menu)


def _in_menu(override: Fields, report: Report) -> InMenu:
    told = override.get("price_amount") is not None
    return InMenu(
        price=read.price(override, "price_amount") if told else None,
        is_active=(
            read.flag(override, "is_active", True, "variation", report)
            if override.get("is_active") is not None
            else None
        ),
    )


def _overrides(
    fields: Fields, field: str, key: str, known: set[str], report: Report
) -> list[tuple[str, Fields]]:
    """Return the overrides by the id they are for: the first for each."""
    found: dict[str, Fields] = {}
    for override in read.optional_list(fields, field, "variation", report):
        if not isinstance(override, dict) or not read.is_id(override.get(key)):
            raise Unusable("price", f"{field} has an entry without {key}.")
        if override[key] not in known:
            read.unknown(fields, field, override[key], "variation", report)
        elif override[key] in found:
            detail = f"{field} names it twice: {override[key]}."
            report.leave_out("variation", fields.get("stream_id"), "duplicate", detail)
        else:
            found[override[key]] = override
    return list(found.items())
