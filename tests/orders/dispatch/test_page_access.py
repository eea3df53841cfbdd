"""Who sees the dispatch page, in which language, and the details of one delivery."""

from datetime import timedelta

import pytest

from catalog.models import LocationAccess
from integration import roles
from orders.dispatch import driver_assignment, progress
from orders.models import FollowedOrder
from tests.orders.support.board_pages import HTMX, columns, text_of
from tests.orders.support.deliveries import DISPATCH, PART, card, chosen, driver, followed, own
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_nothing_is_shown_before_signing_in(client, location):
    for page in (DISPATCH, "/dispatch/drivers/", f"/dispatch/own/{own(location).pk}/"):
        answer = client.get(page)
        assert (answer.status_code, answer["Location"]) == (
            302, f"/account/sign-in/?next={page}",
        )  # fmt: skip
    assert client.get(PART, **HTMX).status_code == 401


def test_who_may_see_but_not_decide_gets_no_buttons(kitchen, location, monkeypatch):
    order = followed(location)
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    answer = kitchen.get(DISPATCH)
    cards = answer.content.decode().split("<article")[1].split("</article>")[0]
    assert (chosen(answer), "<button" in cards) == ({}, False)
    posts = (f"/dispatch/followed/{order.pk}/mark/", "/dispatch/assign/")
    assert [kitchen.post(page).status_code for page in posts] == [403, 403]
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"catalog.view"})
    assert kitchen.get(DISPATCH).status_code == 403


def test_other_merchants_deliveries_are_not_shown(desk):
    elsewhere = factories.location(factories.merchant(), provider_id="loc_foreign")
    mine, theirs = own(elsewhere), followed(elsewhere)
    driver(elsewhere.merchant, "Eve")
    answer = desk.get(DISPATCH)
    assert sum(map(len, columns(answer).values())) == 0
    assert "Eve" not in text_of(answer)
    for page in (
        f"{DISPATCH}?location=loc_foreign", f"/dispatch/own/{mine.pk}/",
        f"/dispatch/followed/{theirs.pk}/", f"/dispatch/followed/{theirs.pk}/driver/",
        f"/dispatch/own/{theirs.pk}/", f"/dispatch/nothing/{theirs.pk}/",
    ):  # fmt: skip
        assert desk.get(page).status_code == 404, page


def test_a_limited_person_sees_their_own_locations_only(browser_client, merchant, location):
    person = factories.user(merchant, "kitchen")
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    hidden = followed(location)
    followed(uptown, "F-2")
    page = browser_client(person)
    assert columns(page.get(DISPATCH))["unassigned"] == ["F-2"]
    assert page.get(f"/dispatch/followed/{hidden.pk}/").status_code == 404
    assert page.get(f"{DISPATCH}?location=loc_downtown").status_code == 404


def test_our_own_staff_choose_a_location_first(browser_client, location):
    followed(location)
    admin = browser_client(factories.user(None, "", is_superuser=True))
    assert f"{DISPATCH}?location=loc_downtown" in admin.get(DISPATCH).content.decode()
    assert columns(admin.get(f"{DISPATCH}?location=loc_downtown"))["unassigned"] == ["F-1"]


def test_the_board_and_the_admin_link_to_it(desk):
    assert 'href="/dispatch/"' in desk.get("/board/").content.decode()
    assert 'href="/dispatch/"' in desk.get("/admin/").content.decode()


def test_it_is_spanish(desk, owner, location, clock, sam):
    order = followed(location, unpaid=True)
    driver_assignment.assign([order], sam, by=owner)
    answer = desk.get(DISPATCH, HTTP_ACCEPT_LANGUAGE="es")
    assert "Con repartidor" in text_of(answer)
    assert card(answer, "F-1") == (
        "Elegir F-1 F-1 Para las 12:30 DoorDash · En preparación Rosa Martínez +15125550199"
        " Código 4711 123 Congress Ave, Austin, TX, 78701, USA Mapa F-1 Cobrar: 21.00 USD"
        " 2 × Cheeseburger No bun 1 × Extra patty 1 × Well done Repartidor: Sam · +15125550100"
        " Asignado 12:00 En reparto F-1"
    )


# --- The details of one delivery.
def test_the_details_tell_the_whole_story_in_one_list(desk, owner, location, sam, clock):
    mine = own(location)
    theirs = followed(location, own_order=mine)
    theirs.history.create(
        actor="stream", what="Driver status", details={"delivery_status": "enroute_to_pickup"}
    )
    clock.shift(timedelta(minutes=5))
    driver_assignment.assign([mine], sam, by=owner)
    clock.shift(timedelta(minutes=5))
    progress.mark_out(mine, by=owner)
    page = text_of(desk.get(f"/dispatch/own/{mine.pk}/"))
    assert (
        "04 May, 12:00:00 Driver status : Driver on the way here · Stream"
        " 04 May, 12:05:00 Driver assigned : Sam · Pat Owner"
        " 04 May, 12:10:00 Moved to Out for delivery · Pat Owner"
    ) in page


def test_the_driver_of_a_followed_order_has_a_page_too(desk, location, sam, alex):
    order = followed(location)
    page = f"/dispatch/followed/{order.pk}/driver/"
    assert page in desk.get(f"/dispatch/followed/{order.pk}/").content.decode()
    desk.post(page, {"driver": sam.pk})
    answer = desk.post(page, {"name": "Kim", "phone": "(512) 555-0133"}, follow=True)
    assert "Kim delivers it." in text_of(answer)
    assert [row.driver.name for row in order.assignments.all()] == ["Sam", "Kim"]
    FollowedOrder.objects.update(ended_at=order.confirmed_at, status="dsp_canceled")
    over = desk.post(page, {"driver": alex.pk}, follow=True)
    assert "This order is over: Canceled by the channel." in text_of(over)
