"""Menus and their categories."""

from django.db import models

from catalog.hours import weekly as weekly_hours

from .base import MenuObject, OrderedLink


class Menu(MenuObject):
    """Which categories are sold when."""

    kind = "menu"
    schedule = models.JSONField(
        default=weekly_hours.always,
        validators=[weekly_hours.validate],
        help_text="In each location's own time.",
    )

    class Meta(MenuObject.Meta):
        verbose_name = "menu"


class Category(MenuObject):
    """A heading of the menu with its dishes in order."""

    kind = "category"
    description = models.TextField(blank=True)

    class Meta(MenuObject.Meta):
        verbose_name_plural = "categories"


class MenuCategory(OrderedLink):
    owner_field, target_field = "menu", "category"
    menu = models.ForeignKey(Menu, on_delete=models.CASCADE, related_name="category_links")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="menu_links")

    class Meta(OrderedLink.Meta):
        verbose_name = "category"
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["menu", "category"], name="menu_category_once")
        ]


class CategoryFamily(OrderedLink):
    owner_field, target_field = "category", "family"
    names_from = ("category", "family")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="family_links")
    family = models.ForeignKey(
        "catalog.ItemFamily", on_delete=models.CASCADE, related_name="category_links"
    )

    class Meta(OrderedLink.Meta):
        verbose_name = "item family"
        verbose_name_plural = "item families"
        constraints = [
            models.UniqueConstraint(fields=["category", "family"], name="category_family_once")
        ]
