"""Presence at a board: valid for 30 seconds, and cheap to record."""

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext

from orders.alerts import presence
from orders.models import BoardPresence
from tests.orders.support.alert_rounds import at, noon
from tests.support import factories
from tests.support.threads import at_once


def _queries(*keys):
    with CaptureQueriesContext(db_connection) as caught:
        presence.record(keys)
    return [query["sql"].split()[0] for query in caught]


@pytest.mark.parametrize(("seconds", "is_watched"), [(0, True), (30, True), (30.1, False)])
def test_presence_lasts_for_30_seconds(location, seconds, is_watched):
    with at(0):
        presence.record([location.pk])
    with at(seconds):
        assert presence.watched_among([location.pk]) == ({location.pk} if is_watched else set())


def test_a_board_that_was_never_opened_is_unwatched(location):
    assert presence.watched_among([location.pk]) == set()
    assert presence.watched_among([]) == set()


def test_presence_at_one_board_is_none_at_another(merchant, location):
    other = factories.location(merchant)
    presence.record([location.pk])
    assert presence.watched_among([location.pk, other.pk]) == {location.pk}


def test_polls_write_every_ten_seconds_only(location):
    with at(0):
        presence.record([location.pk])
    with at(9.9):
        assert _queries(location.pk) == ["SELECT"]
    assert BoardPresence.objects.get().seen_at == noon()
    with at(10):
        assert "INSERT" in _queries(location.pk)
    assert BoardPresence.objects.get().seen_at == noon(seconds=10)


def test_no_location_takes_no_query(db):
    assert _queries() == []


@pytest.mark.django_db(transaction=True)
def test_concurrent_screens_make_one_row_for_each_location(merchant):
    keys = [factories.location(merchant).pk for _ in range(3)]
    at_once(*[lambda: presence.record(keys), lambda: presence.record(keys[::-1])] * 4)
    assert BoardPresence.objects.count() == 3
