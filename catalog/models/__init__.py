"""Locations, and the menu with everything on it (contracts LOC and CAT)."""

from .groups import GroupModifier, Modifier, ModifierGroup, ModifierNestedGroup
from .history import ObjectChange
from .imports import CatalogImport
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
from .order_rules import AcceptanceMode, DefaultDecision
from .pictures import Picture
from .snapshots import (
    CatalogBody,
    CatalogBuild,
    CatalogMark,
    CatalogSnapshot,
    CompiledMenu,
    KnownId,
)
from .staged import StagedEdit

__all__ = [
    "AcceptanceMode",
    "CatalogBody",
    "CatalogBuild",
    "CatalogImport",
    "CatalogMark",
    "CatalogSnapshot",
    "Category",
    "CategoryFamily",
    "CompiledMenu",
    "DefaultDecision",
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
    "ObjectChange",
    "Picture",
    "StagedEdit",
    "Tax",
]
