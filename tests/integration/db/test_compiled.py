"""Compiled statements: Django compiles them once, and they take any value."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.models import BigIntegerField, CharField, DateTimeField
from django.test.utils import CaptureQueriesContext

from catalog.models import ItemFamily
from integration.db import statements
from integration.db.compiled import CompiledInsert, CompiledQuery, ListParameter, Parameter
from integration.models import Alarm, DeliveryAttempt, OutboundEvent
from integration.webhooks import first_event
from tests.support import factories

pytestmark = pytest.mark.django_db

STRANGE = ['a"b', "a\\b", "{a,b}", "a,b", "NULL", "", " a ", "é\u2028", "%s", "'; --", "\\"]
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def builds():
    """Record each time a queryset is built for compilation."""
    return []


@pytest.fixture
def named(builds):
    def build():
        builds.append(threading.get_ident())
        families = ItemFamily.objects.filter(merchant_id=Parameter("merchant", BigIntegerField()))
        return families.filter(name__among=ListParameter("names", CharField())).order_by("pk")

    return build


@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_value_matches_itself_and_nothing_else(merchant, named, strange):
    for name in STRANGE:
        factories.family(merchant, name=name)
    query = CompiledQuery(lambda: named().values_list("name"))
    rows = query.rows(merchant=merchant.pk, names=[strange, "not there"])
    assert [list(row) for row in rows] == [[strange]]


def test_a_query_is_compiled_once_and_keeps_no_values(merchant, named, builds):
    factories.family(merchant, name="Soup")
    factories.family(factories.merchant(name="Elsewhere"), name="Soup")
    query = CompiledQuery(lambda: named().values_list("name", "merchant_id"))
    for key in (merchant.pk, merchant.pk + 1_000_000, merchant.pk):
        rows = query.rows(merchant=key, names=["Soup"])
        assert rows == ([("Soup", merchant.pk)] if key == merchant.pk else [])
    assert len(builds) == 1


def test_no_row_matches_an_empty_list(merchant, named):
    factories.family(merchant, name="Soup")
    assert list(CompiledQuery(named).objects(merchant=merchant.pk, names=[])) == []


def test_objects_equal_those_that_django_loads(merchant, named):
    family = factories.family(merchant, name="Soup", allergens=["milk"])
    with CaptureQueriesContext(connection) as caught:
        (loaded,) = CompiledQuery(named).objects(merchant=merchant.pk, names={"Soup"})
        assert loaded == family
        assert loaded.allergens == ["milk"]
        assert loaded.updated_at == family.updated_at
    assert len(caught) == 1


def test_related_objects_come_with_the_row_and_deferred_fields_on_access(merchant, named):
    factories.family(merchant, name="Soup")
    query = CompiledQuery(lambda: named().select_related("merchant").only("merchant__currency"))
    with CaptureQueriesContext(connection) as caught:
        (loaded,) = query.objects(merchant=merchant.pk, names=["Soup"])
        assert loaded.merchant.currency == merchant.currency
        assert len(caught) == 1
        assert loaded.merchant.name == merchant.name
        assert loaded.name == "Soup"
    assert len(caught) == 3


def test_an_instant_may_be_a_value(merchant):
    _insert_alarm("a", raised_at=NOON)
    query = CompiledQuery(
        lambda: Alarm.objects.filter(raised_at__gt=Parameter("since", DateTimeField())).values_list(
            "cause"
        )
    )
    assert query.rows(since=NOON) == []
    assert [tuple(row) for row in query.rows(since=NOON - timedelta(seconds=1))] == [("a",)]


def test_a_missing_value_is_an_error(merchant, named):
    with pytest.raises(KeyError, match="names"):
        list(CompiledQuery(named).objects(merchant=merchant.pk))


_ALARM = CompiledInsert(Alarm)


def _insert_alarm(cause, **values):
    defaults = {
        "cause": cause, "kind": "failing", "endpoint": "", "message": "", "count": 1,
        "raised_at": NOON, "last_at": NOON, "resolved_at": None, "resolved_by": "",
        "emailed_at": None, "merchant_id": None,
    }  # fmt: skip
    _ALARM.execute(**{**defaults, **values})


@pytest.mark.parametrize("strange", STRANGE)
def test_an_inserted_row_is_as_django_reads_it(merchant, strange):
    with CaptureQueriesContext(connection) as caught:
        _insert_alarm(strange, merchant_id=merchant.pk, message=strange)
    assert len(caught) == 1
    alarm = Alarm.objects.get()
    assert (alarm.cause, alarm.message, alarm.merchant) == (strange, strange, merchant)
    assert (alarm.raised_at, alarm.resolved_at, alarm.count) == (NOON, None, 1)


def test_an_insert_without_a_value_for_each_field_is_an_error():
    with pytest.raises(KeyError, match="kind"):
        _ALARM.execute(cause="a")


def test_inserts_of_a_pipeline_take_effect_together_or_not_at_all():
    with pytest.raises(IntegrityError):
        _insert_the_same_alarm_twice()
    assert not Alarm.objects.exists()


def _insert_the_same_alarm_twice():
    with statements.pipeline():
        _insert_alarm("a")
        _insert_alarm("a")


_ATTEMPT = CompiledInsert(
    DeliveryAttempt,
    only=("event_id", "number", "started_at", "duration_ms", "error", "excerpt"),
    found_by={"event_id": OutboundEvent._meta.get_field("public_id")},
    returning=("id", "event_id"),
)


def test_a_row_of_a_pipeline_refers_to_another_by_its_unique_field_and_tells_its_keys(merchant):
    event = first_event.unsaved(
        {}, merchant_id=merchant.pk, location_id="loc_1", event_type="location.catalog.updated",
        ordering_key="a", now=NOON, expires_at=NOON, endpoint="stream",
    )  # fmt: skip
    with statements.pipeline():
        first_event.insert(event)
        keys = _ATTEMPT.execute_returning(
            event_id=event.public_id, number=1, started_at=NOON, duration_ms=1, error="", excerpt=""
        )
    attempt = DeliveryAttempt.objects.get()
    assert keys() == (attempt.pk, attempt.event_id)
    assert attempt.event == OutboundEvent.objects.get(public_id=event.public_id)
