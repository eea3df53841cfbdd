"""The admin of the ordering channel. Importing it registers all admin classes."""

from . import events, keys, menus, refunds
from .orders import list as orders
from .stores import page as stores

__all__ = ["events", "keys", "menus", "orders", "refunds", "stores"]
