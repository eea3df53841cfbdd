"""Item families, their items (sizes), and their taxes."""

from django.db import models

from .base import MenuObject, OrderedLink, amount_field
from .history import Recorded


class Tax(MenuObject):
    """A tax rate."""

    kind = "tax"
    rate = models.DecimalField(max_digits=7, decimal_places=4, help_text="In percent: 8.25")
    is_default = models.BooleanField(default=False, help_text="The default rate in Stream.")
    is_inclusive = models.BooleanField("included in prices", default=False)

    class Meta(MenuObject.Meta):
        verbose_name_plural = "taxes"
        constraints = [
            *MenuObject.Meta.constraints,
            models.UniqueConstraint(
                fields=["merchant"],
                condition=models.Q(is_default=True, archived_at=None),
                name="tax_one_default",
                violation_error_message="Another tax is already the default.",
            ),
        ]


class ItemFamily(MenuObject):
    """A dish or drink. It has its own price only while it has no items (sizes)."""

    kind = "item_family"
    description = models.TextField(blank=True)
    price_amount = amount_field(
        verbose_name="price", null=True, blank=True, help_text="Leave empty when it has sizes."
    )
    sku = models.CharField("SKU", max_length=64, blank=True)
    is_alcohol = models.BooleanField("contains alcohol", default=False)
    allergens = models.JSONField(default=list, blank=True)
    default_item = models.ForeignKey(
        "catalog.Item", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(MenuObject.Meta):
        verbose_name = "item family"
        verbose_name_plural = "item families"


class Item(MenuObject):
    """The primary choice within a family: its size."""

    kind = "item"
    names_from = ("family",)
    family = models.ForeignKey(ItemFamily, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField(default=0)
    price_amount = amount_field(verbose_name="price")
    sku = models.CharField("SKU", max_length=64, blank=True)
    upc = models.CharField("UPC", max_length=64, blank=True)

    class Meta(MenuObject.Meta):
        ordering = ["position", "pk"]
        verbose_name = "item (size)"
        verbose_name_plural = "items (sizes)"

    def told_name(self) -> str:
        return f"{self.family}, {self}"


class FamilyTax(OrderedLink):
    """A tax on a family."""

    owner_field, target_field = "family", "tax"
    family = models.ForeignKey(ItemFamily, on_delete=models.CASCADE, related_name="tax_links")
    tax = models.ForeignKey(Tax, on_delete=models.CASCADE, related_name="family_links")

    class Meta(OrderedLink.Meta):
        verbose_name = "tax"
        verbose_name_plural = "taxes"
        constraints = [models.UniqueConstraint(fields=["family", "tax"], name="family_tax_once")]


class FamilyModifierGroup(OrderedLink):
    """A modifier group in a family's list."""

    owner_field, target_field = "family", "group"
    family = models.ForeignKey(ItemFamily, on_delete=models.CASCADE, related_name="group_links")
    group = models.ForeignKey(
        "catalog.ModifierGroup", on_delete=models.CASCADE, related_name="family_links"
    )

    class Meta(OrderedLink.Meta):
        verbose_name = "modifier group"
        constraints = [
            models.UniqueConstraint(fields=["family", "group"], name="family_group_once")
        ]


class ItemModifierPrice(Recorded):
    """The price of a modifier at a size, if it differs from the modifier's own."""

    owner_field, target_field = "item", "modifier"
    names_from = ("item__family", "modifier")

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="modifier_prices")
    modifier = models.ForeignKey(
        "catalog.Modifier", on_delete=models.CASCADE, related_name="size_prices"
    )
    price_amount = amount_field(verbose_name="price")

    class Meta:
        verbose_name = "modifier price at this size"
        verbose_name_plural = "modifier prices at this size"
        constraints = [
            models.UniqueConstraint(fields=["item", "modifier"], name="item_modifier_once")
        ]

    def __str__(self) -> str:
        return "Price at this size"
