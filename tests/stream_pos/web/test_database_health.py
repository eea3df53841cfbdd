"""Readiness: the database answers, can be written, and has the schema of this code."""

import pytest
import requests
from django.db import InternalError, connection

from orders.models import Order
from stream_pos.web import database_health
from tests.orders.support import stream_orders
from tests.support.stream import BASE

pytestmark = pytest.mark.django_db(transaction=True)
_READ_ONLY = "The database cannot be written: it is read-only, or its disk is full."


@pytest.fixture(autouse=True)
def write_is_due(monkeypatch):
    monkeypatch.setattr(database_health, "_written_at", -100.0)


def _refuse_writes(database):
    with database.cursor() as cursor:
        cursor.execute(
            "SET SESSION default_transaction_read_only = on"
            if database.vendor == "postgresql"
            else "PRAGMA query_only = ON"
        )


def test_a_migration_that_this_code_does_not_know_is_503(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('orders', '9999_later', CURRENT_TIMESTAMP)"
        )
    try:
        answer = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["database"] == (
        "The schema is newer than this code: it does not know the migration orders.9999_later."
    )
    assert client.get("/readyz").status_code == 200


def test_migrations_of_an_app_that_is_not_installed_do_not_matter(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('removed', '0001_initial', CURRENT_TIMESTAMP)"
        )
    try:
        assert client.get("/readyz").status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'removed'")


def test_a_read_only_database_is_503_until_it_can_be_written():
    _refuse_writes(connection)
    assert database_health.problem() == _READ_ONLY
    connection.close()
    assert database_health.problem() is None


def test_the_write_is_proved_only_now_and_then(django_assert_num_queries):
    assert database_health.problem() is None
    with django_assert_num_queries(3):
        assert database_health.problem() is None


def test_a_connection_that_refused_a_write_is_not_used_again(owner):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that is demoted.")
    _refuse_writes(connection)
    demoted = connection.connection
    with pytest.raises(InternalError):
        owner.save()
    connection.close_if_unusable_or_obsolete()
    owner.save()
    assert connection.connection is not demoted


def _cut_other_connections():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def demoted():
    """A function that decides whether new connections are read-only."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that is demoted.")
    database = connection.ops.quote_name(connection.settings_dict["NAME"])

    def demote(value):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = {value}")

    yield demote
    demote("off")


def test_an_order_to_a_read_only_database_is_503_and_the_next_one_reconnects(
    live_server, merchant, stream, token, demoted
):
    stream_orders.make_menu(merchant)
    with requests.Session() as session:  # One connection: one thread of the server.
        session.headers["Authorization"] = f"Bearer {token.raw}"

        def send(number):
            event = {"type": "order.created", "object": stream_orders.order(idempotency_key=number)}
            return session.post(f"{live_server.url}{BASE}/orders", json=event, timeout=10)

        assert send("one").status_code == 200
        demoted("on")
        _cut_other_connections()
        answers = [send("two"), send("two")]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
        demoted("off")  # A connection that is kept stays read-only.
        assert send("two").status_code == 200
    assert Order.objects.count() == 2
