"""The admin of the ordering channel. Importing it registers all admin classes."""

from . import events, menus, refunds
from .orders import list as orders
from .stores import page as stores

__all__ = ["events", "menus", "orders", "refunds", "stores"]
