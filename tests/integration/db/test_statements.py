"""Statements of which PostgreSQL keeps the plan; what they answer is the same on each database."""

import time

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.postgresql import base
from django.test.utils import CaptureQueriesContext

from integration.db import statements
from integration.models import Alarm
from stream_pos.conf import database
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db

_TIMES = 7  # More often than psycopg waits before it keeps one.


_ALARM = """
INSERT INTO integration_alarm
  (cause, kind, endpoint, message, count, raised_at, last_at, resolved_by, merchant_id)
VALUES (%s, 'failing', '', '', 1, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', '', %s)
"""


def _add(cause, merchant=None):
    """Of one cause only one alarm can be open."""
    statements.execute(_ALARM, [cause, merchant])


def _add_together(*causes, merchant=None):
    """The last one is of that merchant."""
    *others, last = causes
    with statements.pipeline():
        for cause in others:
            _add(cause)
        _add(last() if callable(last) else last, merchant)


def _fail():
    raise ZeroDivisionError


def _causes():
    return sorted(Alarm.objects.values_list("cause", flat=True))


def _ask(number):
    (row,) = statements.fetch("SELECT CAST(%s AS integer) + 1 AS kept_for_long", [number])
    return row


def test_each_time_the_values_are_those_that_were_given():
    assert [_ask(number) for number in range(_TIMES)] == [(n + 1,) for n in range(_TIMES)]


def test_they_are_counted_as_all_queries_are():
    with CaptureQueriesContext(connection) as caught:
        _ask(41)
    assert len(caught) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL has them.")
def test_a_plan_is_kept_once_it_was_asked_often():
    for number in range(_TIMES):
        _ask(number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert len([one for one in kept if "kept_for_long" in one]) == 1


@pytest.mark.parametrize(("written", "threshold"), [("", 5), ("True", 5), ("False", None)])
def test_behind_a_pooler_it_can_be_switched_off(monkeypatch, tmp_path, written, threshold):
    monkeypatch.setenv("DATABASE_URL", "postgres://me@127.0.0.1:5432/stream_pos")
    monkeypatch.setenv("DATABASE_KEEPS_PLANS", written)
    assert database.from_environment(tmp_path)["OPTIONS"].get("prepare_threshold") == threshold


class TestTogether:
    """What is written together is one transaction, whether or not another is under way."""

    def test_all_of_it_is_there_afterwards(self):
        with statements.pipeline():
            _add("a")
            _add("b")
        assert _causes() == ["a", "b"]

    def test_when_one_is_refused_nothing_is_there_and_the_next_succeeds(self):
        for _ in range(_TIMES):
            with pytest.raises(IntegrityError):
                _add_together("a", "a")
            assert _causes() == []
        with statements.pipeline():
            _add("b")
        assert _causes() == ["b"]

    def test_when_the_program_fails_between_two_nothing_is_there(self):
        with pytest.raises(ZeroDivisionError):
            _add_together("a", _fail)
        assert _causes() == []
        assert _ask(1) == (2,)

    def test_a_value_that_no_database_takes_takes_the_others_with_it(self):
        with pytest.raises((DataError, ProgrammingError)):
            _add_together("a", object())
        assert _causes() == []
        assert _ask(1) == (2,)

    def test_it_is_part_of_the_transaction_under_way(self):
        with transaction.atomic():
            _add_together("a")
            transaction.set_rollback(True)
        assert _causes() == []


@pytest.mark.django_db(transaction=True)
class TestTogetherAsInUse(TestTogether):
    """The same where no transaction of a test is around it."""

    def test_when_a_row_points_nowhere_nothing_is_there(self):
        with pytest.raises(IntegrityError):
            _add_together("a", "b", merchant=987_654)
        assert _causes() == []
        assert _ask(1) == (2,)

    def test_nobody_sees_a_part_of_it(self):
        if connection.vendor == "sqlite":
            pytest.skip("The tests' SQLite, which is in memory, is locked for readers.")
        with statements.pipeline():
            _add("a")
            assert at_once(_causes) == [[]]
            _add("b")
        assert at_once(_causes) == [["a", "b"]]

    def test_questions_that_travel_together_are_answered_in_their_order(self):
        _add("a")
        asked = [
            statements.Statement("SELECT cause FROM integration_alarm WHERE cause = %s", ["a"]),
            statements.Statement("SELECT CAST(%s AS integer) + 1", [1]),
        ]
        assert statements.fetch_each(*asked) == [[("a",)], [(2,)]]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connection to lose.")
@pytest.mark.django_db(transaction=True)
class TestConnection:
    """Before a request it is looked at, and asked only now and then."""

    def test_one_that_the_server_ended_is_replaced_without_an_error(self):
        _ask(1)
        _end(connection.connection.info.backend_pid)
        connection.close_if_unusable_or_obsolete()
        assert _ask(1) == (2,)

    def test_a_good_one_is_not_asked(self):
        _ask(1)
        connection.close_if_unusable_or_obsolete()
        with CaptureQueriesContext(connection) as caught:
            _ask(1)
        assert len(caught) == 1

    @pytest.mark.parametrize("reason", ["long ago", "after an error"])
    def test_one_that_cannot_answer_is_replaced(self, monkeypatch, reason):
        _ask(1)
        old = connection.connection
        monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda wrapper: False)
        if reason == "long ago":
            monkeypatch.setattr(connection, "_asked_at", time.monotonic() - 11)
        else:
            connection.errors_occurred = True
        connection.close_if_unusable_or_obsolete()
        assert _ask(1) == (2,)
        assert connection.connection is not old

    def test_only_so_many_cursors_are_kept(self):
        for number in range(250):
            statements.fetch(f"SELECT {number}", ())
        assert len(connection._cursors) <= 100
        assert _ask(1) == (2,)


def _end(process):
    """As a server that is started again ends all of its connections."""

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    at_once(ask)
