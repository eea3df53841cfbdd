"""The sheets and columns for the fields of Get Catalog (contract CAT)."""

from typing import NamedTuple

from catalog.hours import weekly as weekly_hours

from . import cells
from .cells import Kind

TYPE = "type"  # The first column of a CSV file, which names the row's sheet.
PRICE = "price"  # The heading also names the currency: `price (USD)`.


class Column(NamedTuple):
    heading: str
    path: tuple[str, ...]  # The path of the field within its object.
    kind: Kind


class Sheet(NamedTuple):
    array: str
    title: str
    word: str  # The value of its rows in the column `type`.
    columns: tuple[Column, ...]


def _column(heading: str, path: str, kind: Kind = cells.TEXT) -> Column:
    return Column(heading, tuple(path.split(".")), kind)


_ID = _column("id", "provider_id", cells.ID)
_NAME = _column("name", "name")
_DESCRIPTION = _column("description", "description")
_ACTIVE = _column("active", "is_active", cells.YES_NO)
_SKU = _column("sku", "sku")
_PRICED = (
    _column(PRICE, "price_amount", cells.MONEY),
    _column("channel prices", "dsp_price_amount_overrides", cells.CHANNEL_PRICES),
)
_IMAGES = _column("images", "images", cells.IMAGES)
_GROUPS = _column("modifier groups", "modifier_group_ids", cells.IDS)

SHEETS = (
    Sheet("menu", "Menus", "menu", (
        _ID, _NAME,
        _column("categories", "category_ids", cells.IDS),
        *(_column(day, f"schedule.{day}", cells.WORDS) for day in weekly_hours.DAYS),
    )),
    Sheet("category", "Categories", "category", (
        _ID, _NAME, _DESCRIPTION, _column("item families", "item_family_ids", cells.IDS),
    )),
    Sheet("item_family", "Item families", "item family", (
        _ID, _NAME, _ACTIVE, *_PRICED, _DESCRIPTION,
        _column("items", "item_ids", cells.IDS),
        _column("default item", "default_item_id", cells.ID),
        _GROUPS,
        _column("taxes", "tax_ids", cells.IDS),
        _column("allergens", "allergens", cells.WORDS),
        _column("alcohol", "is_alcohol", cells.YES_NO),
        _IMAGES, _SKU,
    )),
    Sheet("item", "Items", "item", (
        _ID, _NAME, _ACTIVE, *_PRICED,
        _column("modifier prices", "modifier_overrides", cells.MODIFIER_PRICES),
        _column("stock", "stock_count", cells.COUNT),
        _SKU, _column("upc", "upc"),
    )),
    Sheet("modifier_group", "Modifier groups", "modifier group", (
        _ID, _NAME, _ACTIVE,
        _column("modifiers", "modifier_ids", cells.IDS),
        _column("selection", "rules.selection_type"),
        _column("at least", "rules.minimum_unique_modifiers_allowed", cells.COUNT),
        _column("at most", "rules.maximum_unique_modifiers_allowed", cells.COUNT),
        _column("free", "rules.amount_of_modifiers_free", cells.COUNT),
        _column("default quantities", "rules.default_modifier_quantities", cells.QUANTITIES),
    )),
    Sheet("modifier", "Modifiers", "modifier", (
        _ID, _NAME, _ACTIVE, *_PRICED, _GROUPS, _IMAGES, _SKU,
    )),
    Sheet("tax", "Taxes", "tax", (
        _ID, _NAME, _ACTIVE,
        _column("rate", "rate", cells.NUMBER),
        _column("default", "is_default", cells.YES_NO),
        _column("inclusive", "is_inclusive", cells.YES_NO),
    )),
)  # fmt: skip


def heading(column: Column, currency: str) -> str:
    """Return the column's heading, with the currency for a price."""
    return f"{PRICE} ({currency.upper()})" if column.heading == PRICE else column.heading


def counted(count: int, sheet: Sheet) -> str:
    """Return a number of the sheet's objects in words: `1 tax`, `3 item families`."""
    return f"{count:,} {sheet.word if count == 1 else sheet.title.lower()}"
