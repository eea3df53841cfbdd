"""Alarms: one per cause, counted, resolved, dismissed, and shown to the people concerned."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dsp.alarm_pages import PAGES as CHANNEL_PAGES
from integration.models import Alarm, Merchant
from integration.monitoring import alarms
from tests.integration.support.alarms import Kind, banner, own_staff, raise_alarm, text_of
from tests.support import factories
from tests.support.threads import at_once

EVENTS = "/admin/integration/outboundevent/"


@pytest.fixture
def casa(db: None) -> Merchant:
    return factories.merchant(name="Casa Verde")


def test_the_first_occurrence_opens_an_alarm(merchant):
    now = datetime(2026, 5, 4, 17, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        alarm = raise_alarm(of=merchant, times=3)
    assert alarm.cause == f"refused/stream/{merchant.pk}"
    assert (alarm.kind, alarm.endpoint, alarm.merchant) == ("refused", "stream", merchant)
    assert (alarm.message, alarm.count) == ("It answered 400.", 3)
    assert alarm.raised_at == alarm.last_at == now
    assert (alarm.resolved_at, alarm.emailed_at) == (None, None)


def test_an_open_alarm_only_counts(merchant):
    with time_machine.travel(datetime(2026, 5, 4, 17, tzinfo=UTC), tick=False):
        raise_alarm(of=merchant)
    with time_machine.travel(datetime(2026, 5, 4, 18, tzinfo=UTC), tick=False):
        alarm = raise_alarm(of=merchant, times=4, message="It answered 404.")
    assert (alarm.count, alarm.message) == (5, "It answered 404.")
    assert (alarm.raised_at.hour, alarm.last_at.hour) == (17, 18)


def test_each_cause_has_its_own_alarm(merchant, casa):
    raise_alarm(of=merchant)
    raise_alarm(of=casa)
    raise_alarm(Kind.EXPIRED, of=merchant)
    raise_alarm(Kind.STOPPED)
    raise_alarm(of=merchant, endpoint="other")
    assert list(Alarm.objects.values_list("count", flat=True)) == [1] * 5


def test_a_resolved_alarm_opens_again(merchant):
    first = raise_alarm(of=merchant)
    alarms.dismiss(Alarm.objects.all(), by="owner@example.com")
    second = raise_alarm(of=merchant)
    assert second.pk != first.pk
    assert second.count == 1


def test_a_message_fits_and_is_storable(merchant):
    assert raise_alarm(of=merchant, message="\0" + "x" * 600).message == "x" * 500


def test_the_mail_is_woken_once_and_only_after_the_commit(
    merchant, woken, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_IS_SET = True
    with django_capture_on_commit_callbacks() as callbacks:
        raise_alarm(of=merchant)
        raise_alarm(of=merchant)
    assert woken == []
    for callback in callbacks:
        callback()
    assert woken == [("integration.tasks.mail_alarms",)]


def test_without_a_mail_server_each_alarm_is_logged_once(
    merchant, woken, settings, caplog, django_capture_on_commit_callbacks
):
    settings.EMAIL_IS_SET = False
    with django_capture_on_commit_callbacks(execute=True):
        raise_alarm(of=merchant)
        raise_alarm(of=merchant)
    assert woken == []
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            "The receiver refuses events (stream): It answered 400. — EMAIL_URL is not set, so"
            " no e-mail is sent.",
        )
    ]


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_open_one_alarm_and_count_each(merchant):
    def worker() -> None:
        with transaction.atomic():
            alarms.raise_alarm(
                Kind.REFUSED, endpoint="stream", message="x", merchant_id=merchant.pk, times=2
            )
            # The transaction around it goes on.
            Merchant.objects.filter(pk=merchant.pk).update(name="Harbor")

    at_once(*[worker] * 8)

    assert Alarm.objects.get().count == 16
    merchant.refresh_from_db()
    assert merchant.name == "Harbor"


@pytest.mark.django_db(transaction=True)
def test_an_alarm_of_a_rolled_back_change_is_never_raised(merchant, woken):
    with transaction.atomic():
        raise_alarm(of=merchant)
        transaction.set_rollback(True)
    assert not Alarm.objects.exists()
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_raising_and_dismissing_at_once_loses_no_alarm(merchant):
    """In any order, the last occurrence is counted in an alarm, open or dismissed after it."""
    for _ in range(5):
        Alarm.objects.all().delete()
        raise_alarm(of=merchant)
        at_once(
            *[lambda: sound_only(merchant)] * 4,
            *[lambda: alarms.dismiss(Alarm.objects.all(), by="x")] * 4,
        )
        assert sum(Alarm.objects.values_list("count", flat=True)) == 5


def sound_only(merchant: Merchant) -> None:
    alarms.raise_alarm(Kind.REFUSED, endpoint="stream", message="x", merchant_id=merchant.pk)


def test_an_alarm_resolves_by_itself(merchant):
    raise_alarm(Kind.FAILING)
    raise_alarm(Kind.STOPPED)
    raise_alarm(Kind.FAILING, endpoint="other")
    raise_alarm(of=merchant)
    assert alarms.resolve(Kind.FAILING, Kind.STOPPED, endpoint="stream") == 2
    assert alarms.resolve(Kind.FAILING, Kind.STOPPED, endpoint="stream") == 0
    ended = Alarm.objects.exclude(resolved_at=None)
    assert {(alarm.kind, alarm.endpoint, alarm.resolved_by) for alarm in ended} == {
        ("failing", "stream", ""),
        ("stopped", "stream", ""),
    }


def test_the_person_who_dismissed_an_alarm_is_recorded(merchant):
    alarm = raise_alarm(of=merchant)
    assert alarms.dismiss(Alarm.objects.all(), by="owner@example.com") == 1
    assert alarms.dismiss(Alarm.objects.all(), by="other@example.com") == 0
    alarm.refresh_from_db()
    assert alarm.resolved_by == "owner@example.com"
    assert alarm.resolved_at is not None


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_a_merchants_people_see_their_own_and_general_alarms(merchant, casa, role):
    user = factories.user(merchant, role)
    general, older, newer = (
        raise_alarm(Kind.FAILING),
        raise_alarm(of=merchant),
        raise_alarm(Kind.EXPIRED, of=merchant),
    )
    raise_alarm(of=casa)
    alarms.dismiss(Alarm.objects.filter(pk=raise_alarm(Kind.TRIED_OUT, of=merchant).pk), by="x")
    assert alarms.open_for(user) == [general, newer, older]
    assert alarms.open_for(user, limit=2) == [general, newer]
    assert set(alarms.open_for(own_staff())) == {*alarms.open_for(user), raise_alarm(of=casa)}


PAGES = ["/account/", "/admin/", "/admin/orders/order/", "/admin/catalog/menu/",
         "/admin/catalog/menu/add/", "/admin/password_change/"]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_every_page_shows_an_open_alarm(browser_client, owner, merchant, casa, address):
    client = browser_client(owner)
    assert banner(client.get(address)) == ""
    with time_machine.travel(datetime(2026, 5, 4, 17, tzinfo=UTC), tick=False):
        raise_alarm(of=merchant, times=12, message="Two <b> & three.")
        raise_alarm(of=casa, message="Foreign.")
    page = client.get(address)
    shown = banner(page)
    assert "The receiver refuses events Two &lt;b&gt; &amp; three." in shown
    assert "Since 4 May 2026, 17:00 UTC (" in shown
    assert "12 times Show the events All open alarms" in shown
    assert "Foreign." not in text_of(page)
    alarms.dismiss(Alarm.objects.all(), by="x")
    assert banner(client.get(address)) == ""


@pytest.mark.parametrize(
    "kind", sorted(set(Kind) - {Kind.HANDLER, Kind.PERSON} - set(CHANNEL_PAGES))
)
@pytest.mark.parametrize("who", ["owner", "staff"])
def test_the_link_of_an_alarm_opens_its_events(browser_client, owner, merchant, kind, who):
    client = browser_client(owner if who == "owner" else own_staff())
    raise_alarm(kind, of=merchant)
    link = re.search(rf'href="({EVENTS}[^"]*)"', text_of(client.get("/account/")))
    assert link is not None
    assert client.get(link[1].replace("&amp;", "&")).status_code == 200
    assert ("merchant=" in link[1]) == (who == "staff")


def test_the_kitchen_sees_an_alarm_without_forbidden_links(browser_client, merchant):
    raise_alarm(of=merchant)
    page = browser_client(factories.user(merchant, "kitchen")).get("/admin/")
    assert banner(page).endswith("1 time")
    assert EVENTS not in text_of(page)
    assert "/admin/integration/alarm/" not in text_of(page)


def test_a_merchant_reads_that_others_handle_general_alarms(browser_client, owner, merchant):
    raise_alarm(Kind.STOPPED, message="It answered 410.")
    words = "It affects every restaurant here; our staff are handling it."
    assert words in banner(browser_client(owner).get("/account/"))
    assert words not in banner(browser_client(own_staff()).get("/account/"))


def test_our_own_staff_read_which_merchant_is_concerned(browser_client, casa):
    raise_alarm(of=casa)
    shown = banner(browser_client(own_staff()).get("/admin/"))
    assert "The receiver refuses events · Casa Verde" in shown


def test_three_alarms_are_shown_and_a_note_about_more(browser_client, owner, merchant):
    for kind in (Kind.REFUSED, Kind.EXPIRED, Kind.TRIED_OUT):
        raise_alarm(kind, of=merchant)
    client = browser_client(owner)
    assert "There are more." not in banner(client.get("/account/"))
    raise_alarm(Kind.FAILING, message="This first.")
    shown = banner(client.get("/account/"))
    assert "There are more. All open alarms" in shown
    assert shown.startswith("The receiver keeps failing This first.")
    assert shown.count("Since") == 3


@pytest.mark.parametrize("address", ["/account/", "/admin/orders/order/"])
def test_a_page_makes_one_query_however_many_alarms_there_are(browser_client, casa, address):
    client = browser_client(own_staff())
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    asked = [query["sql"] for query in queries if "integration_alarm" in query["sql"]]
    assert len(asked) == 1
    without = len(queries)
    for kind in Kind:
        raise_alarm(kind, of=casa)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) == without


def test_a_visitor_sees_nothing_and_no_query_is_made(db):
    raise_alarm(Kind.STOPPED)
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    template = Template("{% load alarms %}{% delivery_alarms %}")
    with CaptureQueriesContext(connection) as queries:
        shown = [template.render(Context(seen)) for seen in ({"request": request}, {})]
    assert [text.strip() for text in shown] == ["", ""]
    assert len(queries) == 0
