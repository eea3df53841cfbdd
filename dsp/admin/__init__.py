"""The admin of the ordering channel. Importing it registers all admin classes."""

from . import events, stores

__all__ = ["events", "stores"]
