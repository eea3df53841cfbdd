"""Modifier groups, their modifiers, and the groups nested below modifiers."""

from django.core.exceptions import ValidationError
from django.db import models

from .base import MenuObject, OrderedLink, amount_field


class ModifierGroup(MenuObject):
    """A choice, with the number of modifiers that may and must be chosen."""

    kind = "modifier_group"

    class SelectionType(models.TextChoices):
        SINGLE = "single", "Each option once"
        MULTIPLE = "multiple", "Each option more than once"
        SINGLE_PROPORTION = "single_proportion", "Portions of one whole (left, right, whole)"

    selection_type = models.CharField(
        max_length=20, choices=SelectionType, default=SelectionType.SINGLE
    )
    minimum_unique_modifiers = models.PositiveIntegerField("at least", default=0)
    maximum_unique_modifiers = models.PositiveIntegerField(
        "at most", null=True, blank=True, help_text="Empty: no limit."
    )
    free_modifiers = models.PositiveIntegerField("free modifiers", default=0)

    class Meta(MenuObject.Meta):
        verbose_name = "modifier group"

    def clean(self) -> None:
        maximum = self.maximum_unique_modifiers
        if maximum is not None and maximum < (self.minimum_unique_modifiers or 0):
            raise ValidationError(
                {"maximum_unique_modifiers": "“At most” cannot be less than “at least”."}
            )


class Modifier(MenuObject):
    """One option of a group."""

    kind = "modifier"
    price_amount = amount_field(verbose_name="price", default=0)
    sku = models.CharField("SKU", max_length=64, blank=True)

    class Meta(MenuObject.Meta):
        verbose_name = "modifier"


class GroupModifier(OrderedLink):
    """A modifier in a group's list."""

    owner_field, target_field = "group", "modifier"
    group = models.ForeignKey(
        ModifierGroup, on_delete=models.CASCADE, related_name="modifier_links"
    )
    modifier = models.ForeignKey(Modifier, on_delete=models.CASCADE, related_name="group_links")
    default_quantity = models.PositiveIntegerField(
        default=0, help_text="The number that is preselected for the customer."
    )

    class Meta(OrderedLink.Meta):
        verbose_name = "modifier"
        constraints = [
            models.UniqueConstraint(fields=["group", "modifier"], name="group_modifier_once")
        ]


class ModifierNestedGroup(OrderedLink):
    """A group that opens once its modifier is chosen. No group may contain itself."""

    owner_field, target_field = "modifier", "group"

    modifier = models.ForeignKey(
        Modifier, on_delete=models.CASCADE, related_name="nested_group_links"
    )
    group = models.ForeignKey(
        ModifierGroup, on_delete=models.CASCADE, related_name="parent_modifier_links"
    )

    class Meta(OrderedLink.Meta):
        verbose_name = "nested modifier group"
        constraints = [
            models.UniqueConstraint(fields=["modifier", "group"], name="modifier_group_once")
        ]
