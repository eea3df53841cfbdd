"""The channel's stores, their menus and orders, and the events that Stream sent about them."""

from .events import ReceivedEvent
from .keys import ChannelKey
from .menus import AvailabilityChange, MenuContent, ReceivedMenu
from .orders import ChannelOrder, ChannelOrderEvent, Refund
from .quotes import Quote
from .stores import FulfillmentType, Store

__all__ = [
    "AvailabilityChange",
    "ChannelKey",
    "ChannelOrder",
    "ChannelOrderEvent",
    "FulfillmentType",
    "MenuContent",
    "Quote",
    "ReceivedEvent",
    "ReceivedMenu",
    "Refund",
    "Store",
]
