"""The merchant's list of drivers: who sees it, who changes it."""

import pytest

from catalog.models import LocationAccess
from orders.dispatch import driver_assignment
from orders.models import Driver
from tests.orders.support.board_pages import text_of
from tests.orders.support.deliveries import DRIVERS, driver, followed
from tests.support import factories
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
NEW = {"name": "Sam", "phone": "(512) 555-0100", "code": "7"}


def test_a_driver_is_added_with_the_number_in_e164(desk, merchant):
    answer = desk.post(DRIVERS, NEW, follow=True)
    assert "Sam is in the list." in text_of(answer)
    added = Driver.objects.get()
    assert (added.merchant, added.name, added.phone, added.code, added.is_active) == (
        merchant, "Sam", "+15125550100", "7", True,
    )  # fmt: skip


def test_an_invalid_or_known_number_is_refused(desk, sam):
    short = desk.post(DRIVERS, {**NEW, "phone": "12"})
    known = desk.post(DRIVERS, {**NEW, "code": "", "name": "Alex"})
    assert (short.status_code, known.status_code) == (400, 400)
    assert "with its country code" in text_of(short)
    assert "This number belongs to Sam, who is in the list." in text_of(known)
    assert Driver.objects.count() == 1


def test_a_driver_is_changed_unless_the_number_is_another_ones(desk, sam, alex):
    page = f"{DRIVERS}{sam.pk}/"
    assert 'value="+15125550100"' in desk.get(page).content.decode()
    taken = desk.post(page, {"name": "Sam", "phone": "+15125550111"})
    assert "This number belongs to Alex" in text_of(taken)
    desk.post(page, {"name": "Samira", "phone": "+15125550122", "code": "3"})
    sam.refresh_from_db()
    assert (sam.name, sam.phone, sam.code) == ("Samira", "+15125550122", "3")


def test_a_deactivated_driver_stays_in_the_list_and_can_come_back(desk, owner, location, sam):
    driver_assignment.assign([followed(location)], sam, by=owner)
    page = f"{DRIVERS}{sam.pk}/active/"
    answer = desk.post(page, {"active": "no"}, follow=True)
    assert "Sam is deactivated, and still has 1 delivery." in text_of(answer)
    sam.refresh_from_db()
    assert not sam.is_active
    assert sam.deactivated_at is not None
    answer = desk.post(page, {"active": "yes"}, follow=True)
    assert "Sam can be assigned again." in text_of(answer)
    sam.refresh_from_db()
    assert (sam.is_active, sam.deactivated_at) == (True, None)


def test_the_kitchen_sees_the_list_and_changes_nothing(kitchen, sam):
    shown = kitchen.get(DRIVERS)
    assert "Sam +15125550100" in text_of(shown)
    assert "Deactivate" not in text_of(shown)
    answers = [
        kitchen.post(DRIVERS, NEW),
        kitchen.get(f"{DRIVERS}{sam.pk}/"),
        kitchen.post(f"{DRIVERS}{sam.pk}/", NEW),
        kitchen.post(f"{DRIVERS}{sam.pk}/active/", {"active": "no"}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    sam.refresh_from_db()
    assert sam.is_active


def test_another_merchants_drivers_do_not_exist(desk):
    foreign = driver(factories.merchant(), "Eve")
    assert "Eve" not in text_of(desk.get(DRIVERS))
    for page, form in ((f"{DRIVERS}{foreign.pk}/", NEW), (f"{DRIVERS}{foreign.pk}/active/", {})):
        assert desk.post(page, form).status_code == 404
    assert desk.get(f"{DRIVERS}{foreign.pk}/").status_code == 404
    foreign.refresh_from_db()
    assert (foreign.name, foreign.is_active) == ("Eve", True)


def test_the_same_number_may_be_in_two_merchants_lists(desk, merchant):
    driver(factories.merchant(), "Sam", "+15125550100")
    desk.post(DRIVERS, {**NEW, "code": ""})
    assert merchant.drivers.count() == 1


def test_our_own_staff_choose_a_location_first(browser_client, location, sam):
    admin = browser_client(factories.user(None, "", is_superuser=True))
    assert f"{DRIVERS}?location=loc_downtown" in admin.get(DRIVERS).content.decode()
    here = f"{DRIVERS}?location=loc_downtown"
    assert "Sam" in text_of(admin.get(here))
    admin.post(here, {"name": "Alex", "phone": "+15125550111"})
    assert [person.name for person in location.merchant.drivers.all()] == ["Alex", "Sam"]
    assert admin.post(DRIVERS, NEW).status_code == 404


def test_a_manager_limited_to_a_location_manages_the_merchants_list(
    browser_client, merchant, location, sam
):
    person = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=person, location=location)
    answer = browser_client(person).post(DRIVERS, {"name": "Alex", "phone": "+15125550111"})
    assert answer.status_code == 302
    assert merchant.drivers.count() == 2


@pytest.mark.django_db(transaction=True)
def test_adding_a_number_twice_at_once_adds_one_driver(browser_client, owner, location):
    pages = [browser_client(owner) for _ in range(2)]
    answers = at_once(*[lambda page=page: page.post(DRIVERS, NEW) for page in pages])
    assert sorted(answer.status_code for answer in answers) == [302, 400]
    assert Driver.objects.count() == 1


def test_the_list_is_spanish(desk, sam):
    shown = text_of(desk.get(DRIVERS, HTTP_ACCEPT_LANGUAGE="es"))
    for words in ("Repartidores", "Añadir un repartidor", "Desactivar Sam", "Editar Sam"):
        assert words in shown
