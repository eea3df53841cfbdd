from typing import Any

import pytest

from catalog.models import Location
from tests import factories
from tests.orders import ordering

from .entering import Counter


@pytest.fixture
def shop(merchant: Any, location: Location, token: Any) -> Location:
    """The tests' location, connected, with the tests' menu in categories."""
    ordering.make_menu(merchant)
    food = factories.category(
        merchant, ordering.thing("fam_burger"), ordering.thing("fam_pizza"), name="Food"
    )
    drinks = factories.category(merchant, ordering.thing("fam_soda"), name="Drinks")
    factories.menu(merchant, food, drinks)
    factories.connect(location)
    return location


@pytest.fixture
def counter(shop: Location, browser_client: Any, owner: Any) -> Counter:
    return Counter(browser_client(owner))
