"""Accounts, OAuth tokens, and the events owed to Stream."""

from .accounts import Merchant, User
from .authorizations import Authorization
from .clocks import RoundRecord
from .delivery import Alarm, DeliveryTally, Endpoint, QueueSample
from .handler import EventSender, HandlerTally
from .oauth import AccessToken, Application, Grant, IDToken, RefreshToken
from .outbox import DeliveryAttempt, OutboundEvent

__all__ = [
    "AccessToken",
    "Alarm",
    "Application",
    "Authorization",
    "DeliveryAttempt",
    "DeliveryTally",
    "Endpoint",
    "EventSender",
    "Grant",
    "HandlerTally",
    "IDToken",
    "Merchant",
    "OutboundEvent",
    "QueueSample",
    "RefreshToken",
    "RoundRecord",
    "User",
]
