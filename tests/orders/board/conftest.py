from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from orders.board import card_cache
from tests.orders.support.board_pages import HTMX, START
from tests.support import factories


@pytest.fixture
def clock() -> Iterator[Any]:
    """Stop the clock, so that no minute begins during a test, and empty the card cache."""
    card_cache._cards.clear()
    card_cache._lines.clear()
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def board(browser_client, owner, location) -> Client:
    """The owner's browser; the merchant has one location."""
    return browser_client(owner)


@pytest.fixture
def live(board) -> Client:
    """The same browser, sending requests as the board's script does."""
    board.defaults.update(HTMX)
    return board


@pytest.fixture
def kitchen(browser_client, merchant, location) -> Client:
    return browser_client(factories.user(merchant, "kitchen", full_name="Kim Cook"))
