"""The admin of orders and of the events that brought them. Importing it registers everything."""

from .inbound import events as inbound_events
from .orders import list as order_list

__all__ = ["inbound_events", "order_list"]
