"""The admin for orders and received events. Importing it registers every page."""

from .followed import events as stream_events
from .followed import list as followed_list
from .followed import locations as stream_locations
from .inbound import events as inbound_events
from .orders import at_location as orders_at_location
from .orders import list as order_list

__all__ = [
    "followed_list", "inbound_events", "order_list", "orders_at_location", "stream_events",
    "stream_locations",
]  # fmt: skip
