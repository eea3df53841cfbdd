"""Received events, orders and followed orders, drivers, and staff alerts."""

from .calls import BoardPresence, StaffCall
from .drivers import Driver, DriverAssignment
from .followed import FollowedEvent, FollowedOrder
from .inbound import REFUSALS, InboundEvent
from .lines import OrderEvent, OrderLine
from .orders import Order
from .stream_events import StreamEvent, StreamLocation

__all__ = [
    "REFUSALS",
    "BoardPresence",
    "Driver",
    "DriverAssignment",
    "FollowedEvent",
    "FollowedOrder",
    "InboundEvent",
    "Order",
    "OrderEvent",
    "OrderLine",
    "StaffCall",
    "StreamEvent",
    "StreamLocation",
]
