"""Wait for the deliveries of a sandbox, which come from a thread of its own."""

from __future__ import annotations

import time
from typing import Any

from tests.sandbox.conftest import Caller


def attempts(sandbox: Caller, count: int, *, since: int = 0) -> list[dict[str, Any]]:
    """Return the deliveries after `since` once there are `count`; fail after 10 s."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        listed: list[dict[str, Any]] = sandbox.get("/api/events", since=since).json()["events"]
        if len(listed) >= count:
            return listed
        time.sleep(0.01)
    raise AssertionError(f"Only {len(listed)} of {count} events were sent.")
