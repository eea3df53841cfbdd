"""The admin of orders and of the events that brought them. Importing it registers everything."""

from . import inbound, orders

__all__ = ["inbound", "orders"]
