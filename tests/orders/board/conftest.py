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
    """Stands still, so that no minute begins in the middle of a test; nothing is remembered."""
    card_cache._kept.clear()
    card_cache._kept_lines.clear()
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


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
