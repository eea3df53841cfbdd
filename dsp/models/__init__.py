"""The channel's stores and the events that Stream sent about them."""

from .events import ReceivedEvent
from .stores import Store

__all__ = ["ReceivedEvent", "Store"]
