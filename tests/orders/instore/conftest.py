from typing import Any

import pytest

from catalog.models import Location
from tests.orders.support import stream_orders
from tests.orders.support.instore_pages import Counter
from tests.support import factories


@pytest.fixture
def shop(merchant: Any, location: Location, token: Any) -> Location:
    """The connected location, with the menu in categories."""
    stream_orders.make_menu(merchant)
    food = factories.category(
        merchant, stream_orders.thing("fam_burger"), stream_orders.thing("fam_pizza"), name="Food"
    )
    drinks = factories.category(merchant, stream_orders.thing("fam_soda"), name="Drinks")
    factories.menu(merchant, food, drinks)
    factories.connect(location)
    return location


@pytest.fixture
def counter(shop: Location, browser_client: Any, owner: Any) -> Counter:
    return Counter(browser_client(owner))
