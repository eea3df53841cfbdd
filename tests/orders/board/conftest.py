import pytest
from django.test import Client

from tests import factories

from .boards import HTMX


@pytest.fixture
def board(browser_client, owner, location) -> Client:
    """The owner's browser; the merchant has one location."""
    return browser_client(owner)


@pytest.fixture
def live(board) -> Client:
    """The same, asking as the board's script does."""
    board.defaults.update(HTMX)
    return board


@pytest.fixture
def kitchen(browser_client, merchant, location) -> Client:
    return browser_client(factories.user(merchant, "kitchen", full_name="Kim Cook"))
