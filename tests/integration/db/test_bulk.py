"""Bulk statements: stock is subtracted from the named rows, and never below zero."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import FamilyAtLocation
from integration.db import bulk
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
