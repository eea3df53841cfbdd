"""Accounts, OAuth tokens, and the events owed to Stream."""

from .accounts import Merchant, User
from .oauth import AccessToken, Application, Grant, IDToken, RefreshToken
from .outbox import DeliveryAttempt, OutboundEvent

__all__ = [
    "AccessToken",
    "Application",
    "DeliveryAttempt",
    "Grant",
    "IDToken",
    "Merchant",
    "OutboundEvent",
    "RefreshToken",
    "User",
]
