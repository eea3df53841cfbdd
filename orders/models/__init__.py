"""Events as received, the orders that came of them, and who looks after those."""

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
