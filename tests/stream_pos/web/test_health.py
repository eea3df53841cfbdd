"""The public status page and the health probes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from integration.models import Alarm, Endpoint, Merchant
from integration.monitoring import alarms
from integration.webhooks import explanations
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_the_status_page_shows_nothing_confidential(client, merchant):
    factories.event(merchant, state="failed", finished_at=timezone.now())
    page = client.get("/")
    assert page.status_code == 200
    assert "All systems operational" in page.content.decode()
    assert merchant.name not in page.content.decode()
    assert "loc_1" not in page.content.decode()


def test_the_status_page_names_the_missing_webhook_url(client, settings):
    settings.STREAM_WEBHOOK_URL = ""
    assert "STREAM_WEBHOOK_URL" in client.get("/").content.decode()


def test_the_status_page_reports_overdue_events(client, merchant):
    factories.event(merchant, created_at=timezone.now() - timedelta(minutes=6))
    assert "more than five minutes" in client.get("/").content.decode()


def test_the_status_page_reports_a_failing_or_stopped_receiver(client, merchant):
    now = timezone.now()
    stream = Endpoint.objects.create(
        name="stream", failing_since=now, probe_at=now, last_failure="Secret of host-a.internal"
    )
    page = client.get("/").content.decode()
    assert "Stream is not accepting events" in page
    assert "The receiver has been failing since" in page
    assert "host-a.internal" not in page  # Details of the receiver's answer are for staff only.
    stream.stopped_at = now
    stream.save()
    page = client.get("/").content.decode()
    assert "Stream asked for no more events" in page
    assert "The receiver answered 410 (gone)" in page


def raise_alarm(kind: Alarm.Kind, merchant: Merchant | None = None) -> None:
    alarms.raise_alarm(
        kind,
        endpoint="stream",
        message="Ask host-a.internal.",
        merchant_id=merchant and merchant.pk,
    )


@pytest.mark.parametrize(
    ("kind", "headline", "words"),
    [
        (Alarm.Kind.SKEW, "Operational, but something needs attention", "A clock is wrong"),
        (Alarm.Kind.STALLED, "Something is not working", "The workers stand still"),
    ],
)
def test_the_headline_of_the_status_page_follows_an_open_alarm(client, kind, headline, words):
    assert "None is open" in client.get("/").content.decode()
    raise_alarm(kind)
    page = client.get("/").content.decode()
    assert headline in page
    assert words in page
    assert "All systems operational" not in page
    assert "host-a.internal" not in page
    Alarm.objects.update(resolved_at=timezone.now())
    assert "All systems operational" in client.get("/").content.decode()


def test_a_merchants_alarm_is_on_the_status_page_for_its_own_people_only(
    client, browser_client, merchant, owner
):
    raise_alarm(Alarm.Kind.REFUSED, merchant)
    others = factories.user(factories.merchant(name="Casa"), "owner")
    for visitor in (client, browser_client(others)):
        page = visitor.get("/").content.decode()
        assert "All systems operational" in page
        assert "refuses events" not in page
    page = browser_client(owner).get("/").content.decode()
    assert "Operational, but something needs attention" in page
    assert "The receiver refuses events" in page


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3:9999", "evil.example", "_"])
def test_probes_accept_any_host_name(client, host):
    alive = client.get("/healthz", headers={"host": host})
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert client.get("/readyz", headers={"host": host}).status_code == 200
    assert client.get("/", headers={"host": host}).status_code == (
        200 if host == "127.0.0.1" else 400
    )


def delivery(client) -> dict[str, Any]:
    answer = client.get("/readyz")
    assert answer.status_code == 200  # Whatever the state of delivery.
    assert (answer.json()["status"], answer.json()["database"]) == ("ready", "ok")
    return dict(answer.json()["delivery"])


def test_readiness_includes_the_state_of_delivery(client):
    assert delivery(client) == {
        "waiting": 0,
        "oldest_waiting_seconds": None,
        "is_stuck": False,
        "reason": None,
        "receiver": "closed",
        "webhook_url_set": True,
    }


def test_readiness_reports_overdue_events(client, merchant):
    factories.event(merchant, created_at=timezone.now() - timedelta(seconds=301))
    state = delivery(client)
    assert (state["waiting"], state["is_stuck"], state["receiver"]) == (1, True, "closed")
    assert 301 <= state["oldest_waiting_seconds"] < 360
    assert state["reason"].startswith("The receiver works, but events have been due for more than")
    assert state["reason"].endswith("Is a worker running?")


def test_an_event_between_attempts_is_not_stuck(client, merchant):
    now = timezone.now()
    factories.event(
        merchant,
        created_at=now - timedelta(hours=1),
        due_at=now + timedelta(hours=1),
        claim_count=4,
    )
    state = delivery(client)
    assert (state["waiting"], state["is_stuck"], state["reason"]) == (1, False, None)


def test_readiness_reports_a_missing_webhook_url(client, merchant, settings):
    settings.STREAM_WEBHOOK_URL = ""
    state = delivery(client)
    assert (state["is_stuck"], state["webhook_url_set"]) == (False, False)
    assert "STREAM_WEBHOOK_URL" in state["reason"]
    factories.event(merchant)
    assert delivery(client)["is_stuck"] is True


def test_readiness_reports_since_when_the_receiver_fails_and_the_next_probe(client, merchant):
    since = timezone.now() - timedelta(minutes=14)
    probe = timezone.now() + timedelta(minutes=4)
    Endpoint.objects.create(name="stream", failing_since=since, probe_at=probe)
    factories.event(merchant)
    state = delivery(client)
    assert (state["receiver"], state["is_stuck"]) == ("open", True)
    assert f"failing since {explanations.clock_time(since, timezone.now())}" in state["reason"]
    assert f"at {explanations.clock_time(probe, timezone.now())}." in state["reason"]


def test_readiness_reports_since_when_the_receiver_is_gone(client, merchant):
    since = timezone.now() - timedelta(hours=3)
    Endpoint.objects.create(name="stream", stopped_at=since)
    factories.event(merchant)
    state = delivery(client)
    assert (state["receiver"], state["is_stuck"]) == ("stopped", True)
    assert "answered 410 (gone) 3 hours ago" in state["reason"]
    assert explanations.clock_time(since, timezone.now()) in state["reason"]


def test_readiness_is_503_while_migrations_are_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'integration'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["database"]
