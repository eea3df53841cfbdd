"""Received events, orders, and staff alerts."""

from .calls import BoardPresence, StaffCall
from .inbound import REFUSALS, InboundEvent
from .lines import OrderEvent, OrderLine
from .orders import Order

__all__ = [
    "REFUSALS",
    "BoardPresence",
    "InboundEvent",
    "Order",
    "OrderEvent",
    "OrderLine",
    "StaffCall",
]
