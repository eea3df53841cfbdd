import pytest

from integration.models import Merchant

from . import ordering


@pytest.fixture
def menu(merchant: Merchant) -> None:
    ordering.make_menu(merchant)
