"""Bulk statements: stock is subtracted from the named rows, and never below zero."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import FamilyAtLocation
from integration.db import bulk
from integration.models import OutboundEvent
from tests.support import factories

pytestmark = pytest.mark.django_db


def _left():
    counts = FamilyAtLocation.objects.order_by("pk").values_list("stock_count", flat=True)
    return list(counts)


def test_only_what_there_is_enough_of_can_be_taken(merchant, location):
    soup, cake, tea = (factories.family(merchant, name=one) for one in ("Soup", "Cake", "Tea"))
    elsewhere = factories.location(merchant)
    for family, place, count in (
        (soup, location, 5),
        (cake, location, 1),
        (tea, location, None),
        (soup, elsewhere, 5),
    ):
        FamilyAtLocation.objects.create(object=family, location=place, stock_count=count)

    with pytest.raises(IntegrityError), transaction.atomic():
        _take(location, {soup.pk: 5, cake.pk: 2})
    assert _left() == [5, 1, None, 5]

    _take(location, {soup.pk: 5, cake.pk: 1, tea.pk: 3})
    assert _left() == [0, 0, None, 5]


def _take(location, amounts):
    bulk.subtract(FamilyAtLocation, "stock_count", location.pk, amounts)


def test_rows_are_updated_by_their_keys_in_one_statement(merchant, django_assert_num_queries):
    events = [factories.event(merchant) for _ in range(3)]
    rows = [
        {
            "id": one.pk,
            "state": "failed",
            "finished_at": one.created_at,
            "ordering_key": f"k'{one.pk}",
        }
        for one in events[:2]
    ]

    with django_assert_num_queries(1):
        bulk.update(OutboundEvent, rows)

    stored = OutboundEvent.objects.order_by("pk").values(
        "id", "state", "finished_at", "ordering_key"
    )
    assert list(stored[:2]) == rows
    assert stored[2] == {
        "id": events[2].pk, "state": "waiting", "finished_at": None, "ordering_key": "k",
    }  # fmt: skip
    bulk.update(OutboundEvent, [])


def test_rows_are_found_by_pairs_of_texts_and_a_condition(merchant):
    pairs = [("a", "1"), ("a", "2"), ("b", "1"), ("b'", '2"')]
    keys = [factories.event(merchant, location_id=a, ordering_key=b).pk for a, b in pairs]
    columns = ("location_id", "ordering_key")

    found = bulk.keys_of_pairs(OutboundEvent, columns, [("a", "1"), ("b", "2"), ("b'", '2"')])
    events = OutboundEvent.objects.filter(pk__in=found)
    assert set(events.values_list("pk", flat=True)) == {keys[0], keys[3]}

    none = bulk.keys_of_pairs(OutboundEvent, columns, pairs, "state = 'failed'")
    assert not OutboundEvent.objects.filter(pk__in=none).exists()
