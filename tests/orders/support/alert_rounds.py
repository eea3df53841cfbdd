"""Locations whose orders wait for staff, and the tasks that alert them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from catalog.models import Location
from integration.models import Merchant
from orders import tasks
from orders.alerts import presence
from orders.models import StaffCall
from tests.support import factories

from .stream_orders import NOW


@pytest.fixture
def manual(location: Location, token: Any) -> Location:
    """A location with manual acceptance that is connected and always open."""
    return made_manual(location)


def made_manual(location: Location, **fields: Any) -> Location:
    factories.connect(location)
    Location.objects.filter(pk=location.pk).update(**{"acceptance_mode": "manual"} | fields)
    location.refresh_from_db()
    return location


def another(merchant: Merchant, **fields: Any) -> Location:
    return made_manual(factories.location(merchant, name="Uptown"), **fields)


def at(seconds: float) -> Any:
    """Freeze the clock so many seconds after the tests' noon."""
    return time_machine.travel(NOW + timedelta(seconds=seconds), tick=False)


def look(seconds: float, *, at_board: Location | None = None) -> list[str]:
    """Run both tasks at that time, with the board on a screen if given; return open reasons."""
    with at(seconds):
        if at_board is not None:
            presence.record([at_board.pk])
        tasks.look_after_orders()
        tasks.look_around()
    return reasons()


def reasons() -> list[str]:
    return list(StaffCall.objects.filter(ended_at=None).values_list("reason", flat=True))


def noon(**later: float) -> datetime:
    return NOW + timedelta(**later)
