"""Saving during an import shows a message, not an error page."""

import sqlite3
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, OperationalError, connection
from django.urls import reverse

from catalog.models import ItemFamily
from tests.support import factories
from tests.support.admin_forms import filled

BUSY = "Nothing was saved: a large write, such as an import, is in progress. Try again in a minute."
LIST = reverse("admin:catalog_itemfamily_changelist")


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def page(family: ItemFamily) -> str:
    return reverse("admin:catalog_itemfamily_change", args=[family.pk])


def shown_messages(answer: Any) -> list[str]:
    return [str(message.message) for message in get_messages(answer.wsgi_request)]


class _Refusal(Exception):
    def __init__(self, sqlstate: str | None = None, sqlite_errorcode: int | None = None) -> None:
        self.sqlstate, self.sqlite_errorcode = sqlstate, sqlite_errorcode


def collide(monkeypatch: Any, error: Exception, cause: Exception) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error from cause

    monkeypatch.setattr(ItemFamily, "save", fail)
    monkeypatch.setattr("catalog.admin.objects.base.wakeups.on_commit", fail)


@pytest.mark.parametrize(
    ("error", "cause", "sentence"),
    [
        (OperationalError(), _Refusal(sqlstate="40P01"), BUSY),
        (OperationalError(), _Refusal(sqlstate="55P03"), BUSY),
        (OperationalError(), _Refusal(sqlite_errorcode=5), BUSY),
        (OperationalError(), _Refusal(sqlite_errorcode=517), BUSY),
        (IntegrityError(), _Refusal(), "Nothing was saved: someone else changed this at the same"
         " time. Try again."),
    ],
)  # fmt: skip
def test_a_conflict_shows_a_message_on_the_page_and_in_the_list(
    client, merchant, monkeypatch, error, cause, sentence
):
    family = factories.family(merchant)
    data = filled(client.get(page(family))) | {"name": "Other"}
    collide(monkeypatch, error, cause)

    for address, sent in (
        (page(family), data),
        (LIST, {"action": "switch_off", "_selected_action": [family.pk]}),
    ):
        answer = client.post(address, sent)
        assert (answer.status_code, answer["Location"]) == (302, address)
        assert shown_messages(answer)[-1] == sentence
    family.refresh_from_db()
    assert (family.name, family.is_active) == ("Cheeseburger", True)


def test_an_unavailable_database_is_still_a_503(client, merchant, monkeypatch):
    family = factories.family(merchant)
    data = filled(client.get(page(family))) | {"name": "Other"}
    collide(monkeypatch, OperationalError("gone"), _Refusal(sqlstate="57P01"))

    assert client.post(page(family), data).status_code == 503


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL lets others write meanwhile")
def test_a_long_import_on_sqlite_causes_no_error_page(client, merchant):
    family = factories.family(merchant)
    data = filled(client.get(page(family))) | {"name": "Other"}
    importing = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50")
    try:
        importing.execute("BEGIN IMMEDIATE")
        assert shown_messages(client.post(page(family), data)) == [BUSY]
    finally:
        importing.close()
        connection.close()
    assert client.post(page(family), data).status_code == 302
    family.refresh_from_db()
    assert family.name == "Other"
