"""Closing a connection without losing the answer.

Closing one with unread data resets it, and the client then cannot read what it was told.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings


class LingeringTransport:
    """A transport that closes its own side only while the client still sends."""

    def __init__(self, transport: asyncio.Transport, has_unread: Callable[[], bool]) -> None:
        self._transport, self._has_unread = transport, has_unread
        self._is_lingering = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self._is_lingering or self._transport.is_closing()

    def close(self) -> None:
        """Close; what the client still sends is dropped, for as long as a body may take."""
        if self.is_closing():
            return
        if not self._has_unread():
            self._transport.close()
            return
        self._is_lingering = True
        self._transport.resume_reading()
        self._transport.write_eof()
        loop = asyncio.get_running_loop()
        loop.call_later(settings.DOOR.body_seconds, self._transport.abort)
