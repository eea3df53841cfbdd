"""Menus and their categories."""

from django.db import models

from catalog.hours import weekly as weekly_hours

from .base import MenuObject, OrderedLink


class Menu(MenuObject):
    """A set of categories with the times at which they are sold."""

    kind = "menu"
    schedule = models.JSONField(
        default=weekly_hours.always_open,
        validators=[weekly_hours.validate],
        help_text="In each location's time zone.",
    )

    class Meta(MenuObject.Meta):
        verbose_name = "menu"


class Category(MenuObject):
    """A heading of the menu, with its item families in order."""

    kind = "category"
    description = models.TextField(blank=True)

    class Meta(MenuObject.Meta):
        verbose_name_plural = "categories"


class MenuCategory(OrderedLink):
    """A category on a menu."""

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
    """An item family in a category."""

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
