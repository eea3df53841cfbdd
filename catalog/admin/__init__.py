"""The admin of locations and menus. Importing it registers everything."""

from . import access, families, groups, history, imports, items, locations, menus, taxes

__all__ = [
    "access", "families", "groups", "history", "imports", "items", "locations", "menus", "taxes",
]  # fmt: skip
