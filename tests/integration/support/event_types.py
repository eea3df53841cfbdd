"""Changes to registered event types for the length of a test."""

from dataclasses import replace
from typing import Any

import pytest

from integration.webhooks import event_types


def change(monkeypatch: pytest.MonkeyPatch, name: str, **properties: Any) -> None:
    """Give the event type these properties; a type that nobody registered is added."""
    changed = replace(event_types.get(name), **properties)
    monkeypatch.setitem(event_types._registered, name, changed)
