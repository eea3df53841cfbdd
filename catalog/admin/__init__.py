"""The admin of locations and menus. Importing it registers all admin classes."""

from .history import pages as history_pages
from .imports import page as imports_page
from .locations import access as location_access
from .locations import page as locations_page
from .objects import families, groups, items, menus, taxes

__all__ = [
    "families",
    "groups",
    "history_pages",
    "imports_page",
    "items",
    "location_access",
    "locations_page",
    "menus",
    "taxes",
]
