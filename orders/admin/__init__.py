"""The admin for orders and received events. Importing it registers every page."""

from .inbound import events as inbound_events
from .orders import list as order_list

__all__ = ["inbound_events", "order_list"]
