from typing import Any

import pytest
from django.test import Client

from orders.board import card_cache
from orders.dispatch import columns


@pytest.fixture(autouse=True)
def no_kept_cards() -> None:
    for kept in (card_cache._cards, card_cache._lines, columns._kept):
        kept.clear()


@pytest.fixture
def board(browser_client: Any, owner: Any, location: Any) -> Client:
    """The owner's browser; the merchant has one location."""
    return browser_client(owner)
