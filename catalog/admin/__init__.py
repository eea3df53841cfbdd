"""The admin of locations and menus. Importing it registers everything."""

from . import access, families, groups, items, locations, menus, taxes

__all__ = ["access", "families", "groups", "items", "locations", "menus", "taxes"]
