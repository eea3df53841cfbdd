from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import EVENTS_SECRET


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Caller]) -> Caller:
    """A sandbox with the events secret that sends a failed event again after 10 and 20 ms."""
    return make_sandbox(events_secret=EVENTS_SECRET, events_retry_seconds=(0.01, 0.02))
