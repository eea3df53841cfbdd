"""The admin of the ordering channel. Importing it registers all admin classes."""

from . import events, menus, stores

__all__ = ["events", "menus", "stores"]
