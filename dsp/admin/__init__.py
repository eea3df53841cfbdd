"""The admin of the ordering channel. Importing it registers all admin classes."""

from . import stores

__all__ = ["stores"]
