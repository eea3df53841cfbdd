"""Locations, and the menu with everything on it (contract LOC, CAT)."""

from .groups import GroupModifier, Modifier, ModifierGroup, ModifierNestedGroup
from .items import FamilyModifierGroup, FamilyTax, Item, ItemFamily, ItemModifierPrice, Tax
from .locations import Location, LocationAccess
from .menus import Category, CategoryFamily, Menu, MenuCategory
from .offers import (
    FamilyAtLocation,
    FamilyDspPrice,
    FamilyImage,
    GroupAtLocation,
    ItemAtLocation,
    ItemDspPrice,
    ModifierAtLocation,
    ModifierDspPrice,
    ModifierImage,
)
from .snapshots import CatalogMark, CatalogSnapshot, KnownId

__all__ = [
    "CatalogMark",
    "CatalogSnapshot",
    "Category",
    "CategoryFamily",
    "FamilyAtLocation",
    "FamilyDspPrice",
    "FamilyImage",
    "FamilyModifierGroup",
    "FamilyTax",
    "GroupAtLocation",
    "GroupModifier",
    "Item",
    "ItemAtLocation",
    "ItemDspPrice",
    "ItemFamily",
    "ItemModifierPrice",
    "KnownId",
    "Location",
    "LocationAccess",
    "Menu",
    "MenuCategory",
    "Modifier",
    "ModifierAtLocation",
    "ModifierDspPrice",
    "ModifierGroup",
    "ModifierImage",
    "ModifierNestedGroup",
    "Tax",
]
