"""The lists that belong to the objects of a catalog: links, prices and images."""

from typing import Any, NamedTuple

from catalog import models

Values = tuple[Any, ...]


class Part(NamedTuple):
    """Rows that belong to an object of kind `owner`; `columns` name their values."""

    model: Any
    owner: str
    owner_column: str
    columns: tuple[str, ...]
    target: str = ""  # The kind of object that the first column refers to.
    is_ordered: bool = True

    def same(self, before: list[Values], after: list[Values]) -> bool:
        """Return whether nothing changes: order counts, except among channels."""
        return sorted(before) == sorted(after) if "dsp" in self.columns else before == after


PARTS: dict[str, Part] = {
    "item_family_ids": Part(
        models.CategoryFamily, "category", "category", ("family",), "item_family"
    ),
    "category_ids": Part(models.MenuCategory, "menu", "menu", ("category",), "category"),
    "tax_ids": Part(models.FamilyTax, "item_family", "family", ("tax",), "tax"),
    "modifier_group_ids": Part(
        models.FamilyModifierGroup, "item_family", "family", ("group",), "modifier_group"
    ),
    "modifier_ids": Part(
        models.GroupModifier, "modifier_group", "group", ("modifier", "default_quantity"),
        "modifier",
    ),
    "nested modifier_group_ids": Part(
        models.ModifierNestedGroup, "modifier", "modifier", ("group",), "modifier_group"
    ),
    "modifier_overrides": Part(
        models.ItemModifierPrice, "item", "item", ("modifier", "price_amount"), "modifier", False
    ),
    "channel prices of families": Part(
        models.FamilyDspPrice, "item_family", "object", ("dsp", "price_amount"), "", False
    ),
    "channel prices of items": Part(
        models.ItemDspPrice, "item", "object", ("dsp", "price_amount"), "", False
    ),
    "channel prices of modifiers": Part(
        models.ModifierDspPrice, "modifier", "object", ("dsp", "price_amount"), "", False
    ),
    "images of families": Part(models.FamilyImage, "item_family", "object", ("url",)),
    "images of modifiers": Part(models.ModifierImage, "modifier", "object", ("url",)),
}  # fmt: skip
