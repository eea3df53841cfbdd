import pytest

from integration.models import Merchant
from orders.inbound import places, question

from .support import stream_orders


@pytest.fixture
def menu(merchant: Merchant) -> None:
    stream_orders.make_menu(merchant)


@pytest.fixture(autouse=True)
def forgotten_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin every test as a process that has not taken an order yet."""
    monkeypatch.setattr(question, "places", places.Places())
