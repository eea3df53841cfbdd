from typing import Any

import pytest
from django.test import Client

from catalog.models import Location
from integration.models import User
from orders.models import FollowedOrder
from tests.orders.support.other_pos_orders import followed
from tests.support import factories


@pytest.fixture
def client(browser_client: Any, owner: User) -> Client:
    return browser_client(owner)


@pytest.fixture
def staff(db: None) -> User:
    return factories.user(None, "", is_superuser=True, full_name="Sue Support")


@pytest.fixture
def ours(browser_client: Any, staff: User) -> Client:
    """The browser of our own staff."""
    return browser_client(staff)


@pytest.fixture
def casa(db: None) -> Location:
    """Another merchant's location."""
    return factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")


@pytest.fixture
def foreign(casa: Location) -> FollowedOrder:
    return followed(casa, "F-1", source="casachannel", status="casastatus")
