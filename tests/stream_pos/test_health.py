"""What the outside sees of our health: the status page and the probes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests import factories

pytestmark = pytest.mark.django_db


def test_the_status_page_tells_harmless_facts(client, merchant):
    factories.event(merchant, state="failed", finished_at=timezone.now())
    page = client.get("/")
    assert page.status_code == 200
    assert "Everything works" in page.content.decode()
    assert merchant.name not in page.content.decode()
    assert "loc_1" not in page.content.decode()


def test_the_status_page_says_that_events_wait_for_an_address(client, settings):
    settings.STREAM_WEBHOOK_URL = ""
    assert "STREAM_WEBHOOK_URL" in client.get("/").content.decode()


def test_the_status_page_says_that_delivery_is_stuck(client, merchant):
    factories.event(merchant, created_at=timezone.now() - timedelta(minutes=6))
    assert "more than five minutes" in client.get("/").content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3:9999", "evil.example", "_"])
def test_a_probe_may_use_any_host_name(client, host):
    alive = client.get("/healthz", headers={"host": host})
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert client.get("/readyz", headers={"host": host}).status_code == 200
    assert client.get("/", headers={"host": host}).status_code == (
        200 if host == "127.0.0.1" else 400
    )


def test_readiness_tells_how_delivery_stands_without_depending_on_it(client, merchant):
    told = {
        "waiting": 0,
        "oldest_waiting_seconds": None,
        "is_stuck": False,
        "webhook_url_set": True,
    }
    ready = {"status": "ready", "database": "ok"}
    assert client.get("/readyz").json() == {**ready, "delivery": told}

    factories.event(merchant, created_at=timezone.now() - timedelta(seconds=301))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    delivery = answer.json()["delivery"]
    assert (delivery["waiting"], delivery["is_stuck"]) == (1, True)
    assert 301 <= delivery["oldest_waiting_seconds"] < 310


def test_readiness_is_503_while_migrations_are_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'integration'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["database"]
