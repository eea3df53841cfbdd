from collections.abc import Callable

import pytest
from django.test import Client

from integration.models import User


@pytest.fixture
def browser(browser_client: Callable[[User], Client], owner: User) -> Client:
    """Return the owner's browser, signed in."""
    return browser_client(owner)
