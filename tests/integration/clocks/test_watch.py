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
from integration.monitoring import alarms

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


def test_a_dismissed_standstill_is_raised_and_mailed_again_after_a_while(watching):
    watching.look()
    alarms.dismiss(Alarm.objects.all(), "ana@example.com")
    watching.look()
    assert (Alarm.objects.count(), len(mail.outbox)) == (1, 1)

    _age_dismissal(timedelta(minutes=10))
    watching.look()
    watching.look()
    fresh = Alarm.objects.latest("pk")
    assert (Alarm.objects.count(), fresh.resolved_at, len(mail.outbox)) == (2, None, 2)
    _all_run()
    watching.look()
    fresh.refresh_from_db()
    assert (fresh.resolved_at is not None, fresh.resolved_by) == (True, "")


@pytest.mark.parametrize("again", [ALL, ["deliveries"]])
def test_after_a_dismissal_another_standstill_is_raised_at_once(watching, again):
    watching.look()
    alarms.dismiss(Alarm.objects.all(), "ana@example.com")
    _all_run()
    watching.look()
    RoundRecord.objects.filter(pk__in=again).delete()
    watching.look()
    assert Alarm.objects.filter(resolved_at=None).count() == 1


def test_after_a_dismissal_a_standstill_that_spreads_is_raised_at_once(watching):
    _all_run()
    RoundRecord.objects.filter(pk="deliveries").delete()
    watching.look()
    alarms.dismiss(Alarm.objects.all(), "ana@example.com")
    RoundRecord.objects.all().delete()
    watching.look()
    assert "order decisions" in Alarm.objects.get(resolved_at=None).message


def _age_dismissal(age: timedelta) -> None:
    Alarm.objects.update(resolved_at=timezone.now() - age)


@pytest.mark.postgresql
def test_a_dismissed_skew_is_raised_again_after_a_while(watching):
    with time_machine.travel(timezone.now() + timedelta(seconds=15), tick=True):
        watch.compare_clocks("web")
        alarms.dismiss(Alarm.objects.all(), "ana@example.com")
        watch.compare_clocks("web")
        assert Alarm.objects.count() == 1
        _age_dismissal(timedelta(minutes=10))
        watch.compare_clocks("web")
        assert Alarm.objects.filter(resolved_at=None).count() == 1


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
