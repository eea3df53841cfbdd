import pytest

from integration.models import Merchant

from .support import stream_orders


@pytest.fixture
def menu(merchant: Merchant) -> None:
    stream_orders.make_menu(merchant)
