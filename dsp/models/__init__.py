"""The channel's stores and the events that Stream sent about them."""

from .stores import Store

__all__ = ["Store"]
