"""Time limits of a thread's database work."""

import threading
import time

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from integration.db.time_limits import Limits, limit_thread
from integration.models import Alarm
from stream_pos.conf import database_limits
from tests.support.database_locks import locked
from tests.support.threads import at_once

_IS_POSTGRESQL = "postgres" in settings.DATABASES["default"]["ENGINE"]


def _limits():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout')"
            if _IS_POSTGRESQL
            else "PRAGMA busy_timeout"
        )
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_a_connection_opened_before_gets_the_limits_too():
    def ask():
        unlimited = _limits()
        limit_thread("orders")
        return unlimited, _limits()

    expected = (
        (("0", "0", "0"), ("300ms", "1200ms", "10s")) if _IS_POSTGRESQL else ((20000,), (1000,))
    )
    assert at_once(ask) == [expected]


@pytest.mark.skipif(not _IS_POSTGRESQL, reason="SQLite has no pooler")
@pytest.mark.django_db(transaction=True)
def test_limits_that_a_pooler_drops_are_missed_once(monkeypatch, settings, caplog):
    from integration.db.postgresql import base

    def ask():
        limit_thread("orders")
        _limits()
        connection.close()
        _limits()

    monkeypatch.setattr(base, "_checked", threading.Event())
    at_once(ask)
    assert caplog.messages == []
    base._checked.clear()
    settings.DATABASE_LIMITS = {"orders": Limits(0, 0)}
    at_once(ask)
    assert caplog.messages == [
        "The database applies no time limits: a pooler dropped them. Set them there"
        " (docs/production.md, “A connection pooler”)."
    ]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no time limits for 'cooks'"):
        limit_thread("cooks")


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_waited_for_briefly_and_the_next_statement_succeeds():
    def write():
        limit_thread("orders")
        start = time.monotonic()
        with pytest.raises(OperationalError):
            Alarm.objects.create(cause="a", kind="failing")
        return time.monotonic() - start

    with locked("integration_alarm"):
        (seconds,) = at_once(write)
    least = 0.3 if _IS_POSTGRESQL else 1.0
    assert least - 0.1 < seconds < least + 0.5
    Alarm.objects.create(cause="b", kind="failing")
    assert list(Alarm.objects.values_list("cause", flat=True)) == ["b"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("menu")
def test_an_order_under_a_lock_is_answered_503_in_time_and_not_stored(stream):
    from orders.models import InboundEvent, Order
    from tests.orders.support.stream_orders import order

    def send():
        limit_thread("orders")
        start = time.monotonic()
        answer = stream.order(**order())
        return answer, time.monotonic() - start

    assert stream.get("/locations").status_code == 200  # Loads the views.
    with locked("orders_order"):
        ((answer, seconds),) = at_once(send)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert seconds < 3
    assert (Order.objects.count(), InboundEvent.objects.count()) == (0, 0)
    assert stream.order(**order()).status_code == 200
    assert Order.objects.count() == 1


@pytest.fixture
def menu(merchant):
    from tests.orders.support import stream_orders

    stream_orders.make_menu(merchant)


@pytest.mark.once
def test_the_environment_overrides_single_kinds(monkeypatch):
    monkeypatch.setenv("DATABASE_LOCK_SECONDS", "people=4.5, tasks=9")
    monkeypatch.setenv("DATABASE_STATEMENT_SECONDS", "orders=2")
    limits = database_limits.from_environment()
    assert limits["people"] == (4.5, 15)
    assert limits["tasks"] == (9, 120)
    assert limits["orders"] == (0.3, 2)
    assert limits["probes"] == (1, 1)


@pytest.mark.once
@pytest.mark.parametrize("written", ["people", "cooks=1", "people=0", "people=soon", "people=nan"])
def test_a_wrong_limit_stops_the_start(monkeypatch, written):
    monkeypatch.setenv("DATABASE_LOCK_SECONDS", written)
    with pytest.raises(
        ImproperlyConfigured, match=r"DATABASE_LOCK_SECONDS: .* write e.g. orders=1"
    ):
        database_limits.from_environment()
