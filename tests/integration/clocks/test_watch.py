"""Rounds that stand still are named, and one alarm is raised, mailed and resolved."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from integration.clocks import leases, stalled, watch
from integration.db import database_time
from integration.models import Alarm, RoundRecord

pytestmark = pytest.mark.django_db
ALL = ["catalog updates", "deliveries", "order decisions"]


@pytest.fixture
def watching(settings, monkeypatch):
    settings.EMAIL_IS_SET, settings.OPERATOR_EMAILS = True, ["ops@example.com"]
    monkeypatch.setattr(watch, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(watch, "_is_skewed", False)
    yield watch.Watch()
    database_time.reset()


def _all_run() -> None:
    leases.create(ALL)
    leases.renew([], beating=ALL)


def test_rounds_that_never_ran_or_stopped_running_are_named():
    assert stalled.names() == ALL
    _all_run()
    assert stalled.names() == []
    late = RoundRecord.objects.filter(pk="deliveries")
    late.update(last_beat_at=timezone.now() - timedelta(seconds=11))
    assert stalled.names() == ["deliveries"]


def test_readiness_names_what_stands_still_and_stays_200(client: Client):
    _all_run()
    assert client.get("/readyz").json()["stalled"] == []
    RoundRecord.objects.filter(pk="order decisions").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["stalled"]) == (200, ["order decisions"])


def test_a_standstill_is_mailed_once_and_resolves_by_itself(watching):
    watching.look()
    watching.look()

    [letter] = mail.outbox
    assert "The workers stand still" in letter.subject
    assert "catalog updates, deliveries, order decisions" in str(letter.body)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.count, alarm.resolved_at) == (Alarm.Kind.STALLED, 1, None)

    _all_run()
    watching.look()
    alarm.refresh_from_db()
    assert alarm.resolved_at is not None


def test_workers_get_time_to_start(watching, monkeypatch):
    monkeypatch.setattr(watch, "_GRACE_SECONDS", 60.0)
    watching.look()
    assert not Alarm.objects.exists()


@pytest.mark.postgresql
@pytest.mark.parametrize(("seconds", "where"), [(-15, "15 s behind"), (15, "15 s ahead of")])
def test_a_wrong_clock_is_corrected_and_raises_an_alarm(watching, seconds, where):
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=True):
        watch.compare_clocks("worker")
        watch.compare_clocks("worker")
        corrected = database_time.now()
    assert abs(corrected - timezone.now()) < timedelta(seconds=1)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.count) == (Alarm.Kind.SKEW, 1)
    assert where in alarm.message

    watch.compare_clocks("worker")
    alarm.refresh_from_db()
    assert alarm.resolved_at is not None
