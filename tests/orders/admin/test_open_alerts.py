"""Open alerts on the admin's pages."""

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Location, LocationAccess
from orders.alerts import service as alerts
from orders.models import StaffCall
from tests.orders.support.alert_rounds import another, at, look, manual
from tests.orders.support.deferred_orders import pending
from tests.support import factories

__all__ = ["manual"]
START = "/admin/"
SHOWN = "uber A-1 is waiting: accept or reject it."


@pytest.fixture
def waiting(manual):
    with at(0):
        order = pending(manual)
    look(15, at_board=manual)
    return order


def _page(client):
    return client.get(START, follow=True).content.decode()


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_every_role_sees_the_alert_with_a_link(browser_client, merchant, waiting, role):
    shown = _page(browser_client(factories.user(merchant, role)))
    assert SHOWN in shown
    assert "An order waits for a decision · Downtown" in shown
    assert f'href="/board/?location=loc_downtown#order-{waiting.pk}"' in shown


def test_our_own_staff_see_the_merchants_name(browser_client, waiting):
    boss = factories.user(None, "", is_superuser=True)
    assert "Harbor Kitchen: Downtown" in _page(browser_client(boss))


def test_an_ended_alert_disappears(browser_client, owner, waiting):
    StaffCall.objects.update(ended_at=waiting.created_at)
    assert SHOWN not in _page(browser_client(owner))


def test_nobody_else_sees_the_alert(client, browser_client, merchant, waiting):
    stranger = factories.user(factories.merchant(), "owner")
    limited = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=limited, location=another(merchant))
    for browser in (browser_client(stranger), browser_client(limited), client):
        assert SHOWN not in _page(browser)


def test_a_person_limited_to_the_location_sees_the_alert(browser_client, merchant, manual, waiting):
    limited = factories.user(merchant, "kitchen")
    LocationAccess.objects.create(user=limited, location=manual)
    assert SHOWN in _page(browser_client(limited))


def test_a_page_shows_three_alerts_and_mentions_more(browser_client, owner, manual, waiting):
    with at(0):
        for _ in range(3):
            pending(manual)
    look(16, at_board=manual)
    shown = _page(browser_client(owner))
    assert shown.count("sp-alarm__title") == 3
    assert "There are more." in shown


def test_names_are_escaped(browser_client, owner, manual):
    with at(0):
        pending(manual, dsp_order_number="<script>")
    look(15, at_board=manual)
    assert "<script> waits" not in _page(browser_client(owner))


def test_the_most_urgent_alert_comes_first(owner, manual):
    Location.objects.update(call_late_minutes=5)
    with at(-3600):
        pending(manual, state="in_progress")
    look(0)
    with at(0):
        first, second = pending(manual), pending(manual)
    look(15)
    shown = [(call.reason, call.order) for call in alerts.open_for(owner)]
    assert [reason for reason, _ in shown] == ["waiting", "waiting", "late", "unwatched"]
    assert [order for _, order in shown[:2]] == [first, second]


def test_alerts_take_one_query(owner, manual, waiting):
    with at(0):
        for _ in range(5):
            pending(manual)
    look(16)
    with CaptureQueriesContext(db_connection) as caught:
        shown = alerts.open_for(owner)
        assert [str(call.order or call.location.merchant) for call in shown]
    assert len(shown) == 6
    assert len(caught) == 1
