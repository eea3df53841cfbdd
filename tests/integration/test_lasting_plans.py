"""Statements of which PostgreSQL keeps the plan; what they answer is the same on each database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration import lasting_plans
from stream_pos import database

pytestmark = pytest.mark.django_db

_TIMES = 7  # More often than psycopg waits before it keeps one.


def _ask(number):
    with lasting_plans.cursor() as cursor:
        cursor.execute("SELECT CAST(%s AS integer) + 1 AS kept_for_long", [number])
        return cursor.fetchone()


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
