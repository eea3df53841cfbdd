"""What the outside sees of our health: the status page and the probes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from integration.models import Endpoint
from integration.webhooks import explanations
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_the_status_page_tells_harmless_facts(client, merchant):
    factories.event(merchant, state="failed", finished_at=timezone.now())
    page = client.get("/")
    assert page.status_code == 200
    assert "All systems operational" in page.content.decode()
    assert merchant.name not in page.content.decode()
    assert "loc_1" not in page.content.decode()


def test_the_status_page_says_that_events_wait_for_an_address(client, settings):
    settings.STREAM_WEBHOOK_URL = ""
    assert "STREAM_WEBHOOK_URL" in client.get("/").content.decode()


def test_the_status_page_says_that_nobody_takes_events(client, merchant):
    factories.event(merchant, created_at=timezone.now() - timedelta(minutes=6))
    assert "more than five minutes" in client.get("/").content.decode()


def test_the_status_page_says_that_the_receiver_fails_or_is_gone(client, merchant):
    now = timezone.now()
    stream = Endpoint.objects.create(
        name="stream", failing_since=now, probe_at=now, last_failure="Secret of host-a.internal"
    )
    page = client.get("/").content.decode()
    assert "Stream is not accepting events" in page
    assert "The receiver has been failing since" in page
    assert "host-a.internal" not in page  # What a receiver says is for staff.
    stream.stopped_at = now
    stream.save()
    page = client.get("/").content.decode()
    assert "Stream asked for no more events" in page
    assert "The receiver answered 410 (gone)" in page


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3:9999", "evil.example", "_"])
def test_a_probe_may_use_any_host_name(client, host):
    alive = client.get("/healthz", headers={"host": host})
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert client.get("/readyz", headers={"host": host}).status_code == 200
    assert client.get("/", headers={"host": host}).status_code == (
        200 if host == "127.0.0.1" else 400
    )


def delivery(client) -> dict[str, Any]:
    answer = client.get("/readyz")
    assert answer.status_code == 200  # However delivery stands.
    assert (answer.json()["status"], answer.json()["database"]) == ("ready", "ok")
    return dict(answer.json()["delivery"])


def test_readiness_tells_how_delivery_stands(client):
    assert delivery(client) == {
        "waiting": 0,
        "oldest_waiting_seconds": None,
        "is_stuck": False,
        "reason": None,
        "receiver": "closed",
        "webhook_url_set": True,
    }


def test_readiness_tells_that_nobody_takes_events(client, merchant):
    factories.event(merchant, created_at=timezone.now() - timedelta(seconds=301))
    told = delivery(client)
    assert (told["waiting"], told["is_stuck"], told["receiver"]) == (1, True, "closed")
    assert 301 <= told["oldest_waiting_seconds"] < 360
    assert told["reason"].startswith("The receiver works, but events have been due for more than")
    assert told["reason"].endswith("Is a worker running?")


def test_an_event_between_its_tries_is_not_stuck(client, merchant):
    now = timezone.now()
    factories.event(
        merchant,
        created_at=now - timedelta(hours=1),
        due_at=now + timedelta(hours=1),
        claim_count=4,
    )
    told = delivery(client)
    assert (told["waiting"], told["is_stuck"], told["reason"]) == (1, False, None)


def test_readiness_tells_that_there_is_no_address(client, merchant, settings):
    settings.STREAM_WEBHOOK_URL = ""
    told = delivery(client)
    assert (told["is_stuck"], told["webhook_url_set"]) == (False, False)
    assert "STREAM_WEBHOOK_URL" in told["reason"]
    factories.event(merchant)
    assert delivery(client)["is_stuck"] is True


def test_readiness_tells_that_the_receiver_fails_since_when_and_what_next(client, merchant):
    since = timezone.now() - timedelta(minutes=14)
    probe = timezone.now() + timedelta(minutes=4)
    Endpoint.objects.create(name="stream", failing_since=since, probe_at=probe)
    factories.event(merchant)
    told = delivery(client)
    assert (told["receiver"], told["is_stuck"]) == ("open", True)
    assert f"failing since {explanations.instant(since, timezone.now())}" in told["reason"]
    assert f"at {explanations.instant(probe, timezone.now())}." in told["reason"]


def test_readiness_tells_that_the_receiver_is_gone_since_when(client, merchant):
    since = timezone.now() - timedelta(hours=3)
    Endpoint.objects.create(name="stream", stopped_at=since)
    factories.event(merchant)
    told = delivery(client)
    assert (told["receiver"], told["is_stuck"]) == ("stopped", True)
    assert "answered 410 (gone) 3 hours ago" in told["reason"]
    assert explanations.instant(since, timezone.now()) in told["reason"]


def test_readiness_is_503_while_migrations_are_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'integration'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["database"]
