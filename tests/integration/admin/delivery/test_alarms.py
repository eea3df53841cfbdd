"""The list of alarms in the admin: visibility, and permission to dismiss."""

from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integration.models import Alarm, Merchant
from integration.monitoring import alarms
from tests.integration.support.alarms import Kind, banner, own_staff, raise_alarm
from tests.support import factories
from tests.support.admin_forms import names

LIST = "/admin/integration/alarm/"


@pytest.fixture
def casa(db: None) -> Merchant:
    return factories.merchant(name="Casa Verde")


def test_the_list_shows_only_own_alarms_with_open_ones_first(browser_client, owner, merchant, casa):
    client = browser_client(owner)
    general, new, old = (
        raise_alarm(Kind.FAILING),
        raise_alarm(Kind.EXPIRED, of=merchant),
        raise_alarm(of=merchant),
    )
    alarms.dismiss(Alarm.objects.filter(pk=old.pk), by="x")
    foreign = raise_alarm(of=casa)
    shown = client.get(LIST)
    assert [alarm.pk for alarm in shown.context_data["cl"].result_list] == [
        new.pk, general.pk, old.pk,
    ]  # fmt: skip
    assert names(client.get(LIST, {"open": "yes"})) == {str(new), str(general)}
    assert names(client.get(LIST, {"open": "no"})) == {str(old)}
    assert len(names(browser_client(own_staff()).get(LIST, {"open": "yes"}))) == 3
    assert client.get(f"{LIST}{foreign.pk}/change/").status_code == 302
    page = client.get(f"{LIST}{new.pk}/change/").content.decode()
    assert "It answered 400." in page
    assert alarms.help_path(new, for_own_staff=False) in page


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("owner", {"own"}), ("manager", set()), ("staff", {"own", "general", "foreign"})],
)
def test_permissions_to_dismiss(browser_client, merchant, casa, role, allowed):
    user = own_staff() if role == "staff" else factories.user(merchant, role)
    own, general, foreign = (
        raise_alarm(of=merchant),
        raise_alarm(Kind.FAILING),
        raise_alarm(of=casa),
    )
    alarms_by_name = {"own": own, "general": general, "foreign": foreign}
    keys = [alarm.pk for alarm in alarms_by_name.values()]
    client = browser_client(user)
    page = client.post(LIST, {"action": "dismiss", "_selected_action": keys}, follow=True)
    ended = {name for name, alarm in alarms_by_name.items() if not still_open(alarm)}
    assert ended == allowed
    if allowed:
        assert f"{len(allowed)} dismissed." in page.content.decode()
        assert alarms_by_name["own"].resolved_by == user.email
    hint = "Only our own staff can dismiss"
    assert (hint in page.content.decode()) == (role == "owner")


def still_open(alarm: Alarm) -> bool:
    alarm.refresh_from_db()
    return alarm.resolved_at is None


def test_the_kitchen_has_no_list(browser_client, merchant):
    client = browser_client(factories.user(merchant, "kitchen"))
    assert client.get(LIST).status_code == 403
    alarm = raise_alarm(of=merchant)
    client.post(LIST, {"action": "dismiss", "_selected_action": [alarm.pk]})
    assert still_open(alarm)


def test_own_staff_without_permissions_see_alarms_without_links(browser_client, db):
    user = factories.user(None, "")
    raise_alarm(Kind.FAILING)
    client = browser_client(user)
    assert banner(client.get("/account/")).endswith("1 time")
    user.user_permissions.add(Permission.objects.get(codename="view_alarm"))
    assert banner(client.get("/account/")).endswith("All open alarms")
    assert client.get(LIST).status_code == 200


def test_nothing_can_be_added_changed_or_deleted(browser_client, merchant):
    client, alarm = browser_client(own_staff()), raise_alarm(of=merchant)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{alarm.pk}/change/", {"message": "x"}).status_code == 403
    assert client.post(f"{LIST}{alarm.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_sidebar_links_to_it(browser_client, owner):
    page = browser_client(owner).get("/admin/").content.decode()
    assert f'href="{reverse("admin:integration_alarm_changelist")}"' in page


def test_a_long_list_takes_no_more_queries(browser_client, db):
    client = browser_client(own_staff())
    counts = []
    for batch in range(2):
        for number in range(30):
            raise_alarm(of=factories.merchant(name=f"M {batch} {number}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_the_alarm_of_failing_events_leads_our_own_staff_to_the_failure_rate(browser_client, owner):
    alarm = raise_alarm(Kind.HANDLER, endpoint="stream events")
    link = '<a class="text-link" href="/admin/integration/endpoint/dashboard/">'
    staff = browser_client(own_staff())
    page = staff.get(f"{LIST}{alarm.pk}/change/")
    assert f"{link}Show the failure rate</a>" in page.content.decode()
    assert "1 time Show the failure rate" in banner(page)

    page = browser_client(owner).get(f"{LIST}{alarm.pk}/change/")
    assert "endpoint/dashboard" not in page.content.decode()
    assert "Stream's events fail here" in unescape(banner(page))
    assert "Show the" not in banner(page)
