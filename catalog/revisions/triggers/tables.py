"""The tables whose rows concern a catalog, with the merchant and location they concern."""

from collections.abc import Iterator
from typing import NamedTuple

Statement = tuple[str, str]  # The table that must exist, and what to execute.
MARKS = "INSERT INTO catalog_catalogmark (merchant_id, location_id, weight)"

OBJECTS = {
    "catalog_tax": "tax",
    "catalog_menu": "menu",
    "catalog_category": "category",
    "catalog_itemfamily": "item_family",
    "catalog_item": "item",
    "catalog_modifiergroup": "modifier_group",
    "catalog_modifier": "modifier",
}
# Rows that belong to an object: table, column, the object's table.
PARTS = [
    ("catalog_familytax", "family_id", "catalog_itemfamily"),
    ("catalog_menucategory", "menu_id", "catalog_menu"),
    ("catalog_categoryfamily", "category_id", "catalog_category"),
    ("catalog_familymodifiergroup", "family_id", "catalog_itemfamily"),
    ("catalog_groupmodifier", "group_id", "catalog_modifiergroup"),
    ("catalog_modifiernestedgroup", "modifier_id", "catalog_modifier"),
    ("catalog_itemmodifierprice", "item_id", "catalog_item"),
    ("catalog_familydspprice", "object_id", "catalog_itemfamily"),
    ("catalog_itemdspprice", "object_id", "catalog_item"),
    ("catalog_modifierdspprice", "object_id", "catalog_modifier"),
    ("catalog_familyimage", "object_id", "catalog_itemfamily"),
    ("catalog_modifierimage", "object_id", "catalog_modifier"),
]
AT_LOCATION = [
    "catalog_familyatlocation",
    "catalog_itematlocation",
    "catalog_modifieratlocation",
    "catalog_groupatlocation",
]


class Marked(NamedTuple):
    """A table whose rows concern a catalog; merchant and location are SQL over row `c`."""

    table: str
    merchant: str
    location: str = "NULL"
    source: str = ""  # A join from `c` to the table that holds the merchant.
    actions: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")


def marked_tables() -> Iterator[Marked]:
    for table in OBJECTS:
        yield Marked(table, "c.merchant_id")
    for table, column, owner in PARTS:
        yield Marked(table, "o.merchant_id", source=f"JOIN {owner} o ON o.id = c.{column}")
    for table in AT_LOCATION:
        join = "JOIN catalog_location o ON o.id = c.location_id"
        yield Marked(table, "o.merchant_id", "c.location_id", join)
    # The global catalog depends on the set of locations.
    yield Marked("catalog_location", "c.merchant_id", actions=("INSERT", "DELETE"))


# Updates that concern the catalog only under a condition: table, merchant and location of the
# mark, condition. The last entries mark the location that a moved row leaves.
CONDITIONAL_MARKS = [
    (
        "catalog_location",
        "NEW.merchant_id, NULL",
        "OLD.archived_at IS DISTINCT FROM NEW.archived_at",
    ),
    ("integration_merchant", "NEW.id, NULL", "OLD.currency <> NEW.currency"),
    *(
        (
            table,
            "(SELECT merchant_id FROM catalog_location WHERE id = OLD.location_id),"
            " OLD.location_id",
            "OLD.location_id <> NEW.location_id",
        )
        for table in AT_LOCATION
    ),
]


def changed_row(action: str) -> str:
    return "OLD" if action == "DELETE" else "NEW"
