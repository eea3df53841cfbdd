from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from orders.dispatch import columns
from orders.models import Driver
from tests.orders.support.deliveries import NOON, driver
from tests.support import factories


@pytest.fixture(autouse=True)
def no_kept_cards() -> None:
    columns._kept.clear()


@pytest.fixture
def desk(browser_client: Any, owner: Any, location: Any) -> Client:
    """The owner's browser; the merchant has one location."""
    return browser_client(owner)


@pytest.fixture
def kitchen(browser_client: Any, merchant: Any, location: Any) -> Client:
    return browser_client(factories.user(merchant, "kitchen", full_name="Kim Cook"))


@pytest.fixture
def sam(merchant: Any) -> Driver:
    return driver(merchant)


@pytest.fixture
def alex(merchant: Any) -> Driver:
    return driver(merchant, "Alex", "+15125550111")


@pytest.fixture
def clock() -> Iterator[Any]:
    """Stop the clock at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
