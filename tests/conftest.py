"""Fixtures shared by all tests. No test contacts anything outside this machine."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from catalog.models import Location
from integration import wakeups
from integration.models import AccessToken, Merchant, User
from stream_pos.web import sign_in_limit

from .environment import DATA_DIR
from .support import factories, migrated
from .support.stream import Stream


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run tests that do not use the test database on SQLite only."""
    if "TEST_DATABASE_URL" not in os.environ:
        return
    skipped = [item for item in items if any(map(item.get_closest_marker, ("once", "browser")))]
    config.hook.pytest_deselected(items=skipped)
    items[:] = [item for item in items if item not in skipped]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Use a file for SQLite, as in production: WAL, durable commits, several connections.

    It begins as a copy of a migrated database, to which `migrate` then has little to add.
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        file = Path(DATA_DIR) / "test.sqlite3"
        migrated.copy_to(file)
        database["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Begin with the copy on SQLite; its folder is removed at the end all the same."""
    return "TEST_DATABASE_URL" not in os.environ


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def uncounted_sign_ins() -> None:
    """Begin every test without earlier tries to sign in."""
    sign_in_limit.per_minute.cache_clear()


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Record the wake-ups that would be sent to the broker."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        wakeups, "wake", lambda task, *ids, after_seconds=0: calls.append((task, *ids))
    )
    return calls


@pytest.fixture
def merchant(db: None) -> Merchant:
    return factories.merchant()


@pytest.fixture
def owner(merchant: Merchant) -> User:
    return factories.user(merchant, "owner", email="owner@example.com", full_name="Pat Owner")


@pytest.fixture
def location(merchant: Merchant) -> Location:
    return factories.location(merchant, provider_id="loc_downtown", name="Downtown")


@pytest.fixture
def token(owner: User) -> AccessToken:
    """A valid access token; `token.raw` is what Stream would send."""
    return factories.access_token(owner)


@pytest.fixture
def stream(token: Any, location: Location) -> Stream:
    """Stream calling our API with the merchant's token; the location is connected."""
    factories.connect(location)
    return Stream(token.raw)


@pytest.fixture
def browser_client() -> Callable[[User], Client]:
    """Return a function that opens a browser session for a user."""

    def sign_in(user: User) -> Client:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
