"""The admin of the ordering channel. Importing it registers all admin classes."""

from . import events, menus, refunds, stores
from .orders import list as orders

__all__ = ["events", "menus", "orders", "refunds", "stores"]
