"""The locations a user may see, by merchant and by limit."""

import pytest
from django.utils import timezone

from catalog.locations import access
from catalog.models import Location, LocationAccess
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def uptown(merchant, location):
    factories.location(factories.merchant(name="Casa"), name="Casa")
    return factories.location(merchant, name="Uptown")


@pytest.mark.usefixtures("uptown")
def test_our_own_staff_see_every_location():
    staff = factories.user(None, "")
    assert set(access.visible_locations(staff)) == set(Location.objects.all())
    assert access.limit_of(staff) is None


def test_a_user_without_a_limit_sees_the_merchants_locations(
    merchant, location, uptown, django_assert_num_queries
):
    manager = factories.user(merchant, "manager")
    with django_assert_num_queries(1):
        assert set(access.visible_locations(manager)) == {location, uptown}
    assert access.limit_of(manager) is None
    assert access.provider_id_limit_of(manager) is None


def test_a_limited_user_sees_those_locations_only(merchant, uptown):
    manager = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=manager, location=uptown)
    assert list(access.visible_locations(manager)) == [uptown]
    assert access.limit_of(manager) == {uptown.pk}
    assert access.provider_id_limit_of(manager) == {uptown.provider_id}


def test_an_archived_location_stays_visible(merchant, uptown):
    Location.objects.filter(pk=uptown.pk).update(archived_at=timezone.now())
    manager = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=manager, location=uptown)
    assert list(access.visible_locations(manager)) == [uptown]
