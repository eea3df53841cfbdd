"""Statements whose plan PostgreSQL keeps; their results are the same on each database."""

import time

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
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
    """Insert an alarm; only one per cause can be open."""
    statements.execute(_ALARM, [cause, merchant])


def _add_together(*causes, merchant=None):
    """Insert alarms in one pipeline, the last one with that merchant."""
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


def test_each_execution_uses_its_own_values():
    assert [_ask(number) for number in range(_TIMES)] == [(n + 1,) for n in range(_TIMES)]


def test_statements_are_counted_as_queries():
    with CaptureQueriesContext(connection) as caught:
        _ask(41)
    assert len(caught) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL has them.")
def test_a_frequent_statement_keeps_its_plan():
    for number in range(_TIMES):
        _ask(number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert len([one for one in kept if "kept_for_long" in one]) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL has plans.")
def test_a_frequent_statement_with_a_list_is_not_planned_anew():
    for number in range(_TIMES):
        keys = f"{{{','.join(map(str, range(number)))}}}"
        statements.fetch("SELECT oid AS of_list FROM pg_type WHERE oid = ANY(%s::oid[])", [keys])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%of_list%' AND statement NOT LIKE '%generic%'"
        )
        [(generic, custom)] = cursor.fetchall()
    assert generic > 0
    assert custom == 0


@pytest.mark.parametrize(("written", "threshold"), [("", 5), ("True", 5), ("False", None)])
def test_kept_plans_can_be_switched_off_for_a_pooler(monkeypatch, tmp_path, written, threshold):
    monkeypatch.setenv("DATABASE_URL", "postgres://me@127.0.0.1:5432/stream_pos")
    monkeypatch.setenv("DATABASE_KEEPS_PLANS", written)
    options = database.from_environment(tmp_path)["OPTIONS"]
    assert options.get("prepare_threshold") == threshold
    assert ("options" in options) is (threshold is not None)


class TestTogether:
    """A pipeline is one transaction, also inside another transaction."""

    def test_all_statements_take_effect(self):
        with statements.pipeline():
            _add("a")
            _add("b")
        assert _causes() == ["a", "b"]

    def test_if_one_is_refused_none_takes_effect_and_the_next_succeeds(self):
        for _ in range(_TIMES):
            with pytest.raises(IntegrityError):
                _add_together("a", "a")
            assert _causes() == []
        with statements.pipeline():
            _add("b")
        assert _causes() == ["b"]

    def test_an_exception_between_two_statements_rolls_back(self):
        with pytest.raises(ZeroDivisionError):
            _add_together("a", _fail)
        assert _causes() == []
        assert _ask(1) == (2,)

    def test_an_invalid_value_rolls_back_the_others(self):
        with pytest.raises((DataError, ProgrammingError)):
            _add_together("a", object())
        assert _causes() == []
        assert _ask(1) == (2,)

    def test_it_joins_the_surrounding_transaction(self):
        with transaction.atomic():
            _add_together("a")
            transaction.set_rollback(True)
        assert _causes() == []


@pytest.mark.django_db(transaction=True)
class TestTogetherAsInUse(TestTogether):
    """The same without a surrounding test transaction."""

    def test_a_broken_foreign_key_rolls_back(self):
        with pytest.raises(IntegrityError):
            _add_together("a", "b", merchant=987_654)
        assert _causes() == []
        assert _ask(1) == (2,)

    @pytest.mark.parametrize("before", range(_TIMES))
    def test_what_was_to_be_prepared_behind_an_error_is_prepared_later(self, before):
        """Otherwise its name stays known to psycopg alone: "prepared statement does not exist"."""

        def add_and_clear(cause):
            with statements.pipeline():
                _add(cause)
                statements.execute("DELETE FROM integration_alarm WHERE cause = %s", [cause])

        if connection.vendor == "sqlite":
            pytest.skip("SQLite prepares nothing that an error skips.")
        connection.close()  # Nothing is prepared.
        Alarm.objects.create(cause="open")
        statements.execute("ROLLBACK", ())  # Seen before, it is not examined again.
        for _ in range(before):
            add_and_clear("a")
        with pytest.raises(IntegrityError):
            add_and_clear("open")
        for _ in range(2 * _TIMES):
            add_and_clear("a")
        assert _causes() == ["open"]

    @pytest.mark.parametrize("before", range(_TIMES))
    def test_what_was_to_be_prepared_behind_a_failed_question_is_prepared_later(self, before):
        def ask(divisor):
            asked = ["SELECT 6 / CAST(%s AS integer)", "SELECT CAST(%s AS integer) + 5"]
            return statements.fetch_each(*(statements.Statement(sql, [divisor]) for sql in asked))

        if connection.vendor == "sqlite":
            pytest.skip("SQLite divides by zero.")
        connection.close()
        for _ in range(before):
            assert ask(2) == [[(3,)], [(7,)]]
        with pytest.raises(DataError):
            ask(0)
        assert [ask(2) for _ in range(2 * _TIMES)] == [[[(3,)], [(7,)]]] * (2 * _TIMES)

    def test_others_never_see_a_part_of_it(self):
        if connection.vendor == "sqlite":
            pytest.skip("The tests' SQLite, which is in memory, is locked for readers.")
        with statements.pipeline():
            _add("a")
            assert at_once(_causes) == [[]]
            _add("b")
        assert at_once(_causes) == [["a", "b"]]

    def test_results_of_several_statements_come_in_their_order(self):
        _add("a")
        asked = [
            statements.Statement("SELECT cause FROM integration_alarm WHERE cause = %s", ["a"]),
            statements.Statement("SELECT CAST(%s AS integer) + 1", [1]),
        ]
        assert statements.fetch_each(*asked) == [[("a",)], [(2,)]]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connection to lose.")
@pytest.mark.django_db(transaction=True)
class TestConnection:
    """Connections are checked before each request, and only now and then by a query."""

    def test_a_connection_ended_by_the_server_is_replaced_silently(self):
        _ask(1)
        _end(connection.connection.info.backend_pid)
        connection.close_if_unusable_or_obsolete()
        assert _ask(1) == (2,)

    def test_a_usable_connection_is_not_queried(self):
        _ask(1)
        connection.close_if_unusable_or_obsolete()
        with CaptureQueriesContext(connection) as caught:
            _ask(1)
        assert len(caught) == 1

    @pytest.mark.parametrize("reason", ["long ago", "after an error"])
    def test_an_unusable_connection_is_replaced(self, monkeypatch, reason):
        _ask(1)
        old = connection.connection
        monkeypatch.setattr(connection, "_is_writable", lambda: False)
        if reason == "long ago":
            monkeypatch.setattr(connection, "_checked_at", time.monotonic() - 11)
        else:
            connection.errors_occurred = True
        connection.close_if_unusable_or_obsolete()
        assert _ask(1) == (2,)
        assert connection.connection is not old

    def test_the_number_of_kept_cursors_is_limited(self):
        for number in range(250):
            statements.fetch(f"SELECT {number}", ())
        assert len(connection._cursors) <= 100
        assert _ask(1) == (2,)


def _end(process):
    """End a connection as a restarting server does."""

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    at_once(ask)
