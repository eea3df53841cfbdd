"""Statements over many rows: stock is taken where there is enough, and nowhere else."""

import pytest

from catalog import many_rows
from catalog.models import FamilyAtLocation
from tests import factories

pytestmark = pytest.mark.django_db


def test_only_what_there_is_enough_of_is_taken(merchant, location):
    soup, cake, tea = (factories.family(merchant, name=one) for one in ("Soup", "Cake", "Tea"))
    elsewhere = factories.location(merchant)
    for family, place, count in (
        (soup, location, 5),
        (cake, location, 1),
        (tea, location, 9),
        (soup, elsewhere, 5),
    ):
        FamilyAtLocation.objects.create(object=family, location=place, stock_count=count)

    wanted = {soup.pk: 5, cake.pk: 2}
    taken = many_rows.subtract(FamilyAtLocation, "stock_count", location.pk, wanted)

    assert taken == 1
    left = FamilyAtLocation.objects.order_by("pk").values_list("stock_count", flat=True)
    assert list(left) == [0, 1, 9, 5]
