"""Answers are counted in the process, saved later, and told apart by who got them."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.db.models import Sum
from django.utils import timezone

from integration.failure_watch import rate, tally
from integration.failure_watch.tally import Tally
from integration.models import EventSender, HandlerTally
from integration.tasks import forget_what_is_over
from tests.integration.support.handler_answers import STRANGER, STREAM, answered

pytestmark = pytest.mark.django_db


def rows() -> set[tuple[int, str, bool, int]]:
    found = HandlerTally.objects.values_list("status", "reason", "is_foreign").annotate(
        Sum("count")
    )
    return set(found)


def test_answers_of_a_minute_are_one_row_for_each_kind():
    own = Tally()
    with time_machine.travel("2026-03-12 14:03:30Z", tick=False):
        for status in (201, 201, 201, 503, 503):
            own.count(STREAM, status, "full" if status == 503 else "")
        own.save()
    assert rows() == {(201, "", False, 3), (503, "full", False, 2)}
    assert {f"{row.at:%H:%M:%S}" for row in HandlerTally.objects.all()} == {"14:03:00"}
    own.save()
    assert HandlerTally.objects.count() == 2


def test_counts_wait_in_the_process_while_the_database_is_away(monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    own = Tally()
    own.count(STREAM, 201)
    with monkeypatch.context() as outage:
        outage.setattr(tally, "_store", refuse)
        with pytest.raises(OperationalError):
            own.save()
        own.count(STREAM, 503)
        with pytest.raises(OperationalError):
            own.save()
    own.save()
    assert rows() == {(201, "", False, 1), (503, "", False, 1)}


def test_a_stranger_s_answers_are_kept_apart_once_stream_is_known():
    answered(201)
    answered(401, 401, 429, 413, to=STRANGER)
    answered(401)
    assert rows() == {
        (201, "", False, 1),
        (401, "", False, 1),
        (401, "", True, 2),
        (413, "", True, 1),
        (429, "", True, 1),
    }


def test_until_the_first_authentic_event_everybody_may_be_stream(settings):
    answered(401, to=STRANGER)
    assert rows() == {(401, "", False, 1)}
    settings.STREAM_EVENTS_SECRETS = []  # The role is off: nobody is expected.
    answered(404, to=STRANGER)
    assert rows() == {(401, "", False, 1), (404, "", True, 1)}


def test_a_sender_is_known_for_thirty_days_and_written_once_an_hour():
    answered(201, minutes_ago=90)
    first = EventSender.objects.get().last_at
    answered(201, minutes_ago=45)
    assert EventSender.objects.get().last_at == first
    answered(201)
    assert EventSender.objects.get().last_at - first > timedelta(minutes=85)

    EventSender.objects.create(address="192.0.2.7", last_at=timezone.now() - timedelta(days=31))
    answered(401, to="192.0.2.7")
    assert (401, "", True, 1) in rows()


def test_invented_addresses_do_not_fill_the_memory_nor_hide_stream(monkeypatch):
    monkeypatch.setattr(tally, "_MOST_KEYS", 10)
    own = Tally()
    own.count(STREAM, 201)
    own.save()
    with time_machine.travel(timezone.now(), tick=False):  # Within one minute.
        for number in range(100):
            own.count(f"203.0.113.{number}", 503, "full")
            own.count(STREAM, 503, "full")
    assert len(own._counts) == 11
    own.save()
    assert rows() == {(201, "", False, 1), (503, "full", False, 100), (503, "full", True, 100)}


def test_no_answer_is_lost_between_counting_and_saving(monkeypatch):
    saved = []
    monkeypatch.setattr(tally, "_store", lambda counts: saved.append(counts.total()) or set())
    own = Tally()
    threads = [
        threading.Thread(target=lambda: [own.count(STREAM, 201) for _ in range(5_000)])
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        own.save()
    own.save()
    assert sum(saved) == 10_000


def test_counts_and_senders_are_kept_for_thirty_days():
    for days in (29, 31):
        answered(201, to=f"192.0.2.{days}", minutes_ago=days * 24 * 60)
    forget_what_is_over()
    assert rate.last_hour(timezone.now() - timedelta(days=29)).total == 1
    assert HandlerTally.objects.count() == 1
    assert EventSender.objects.get().address == "192.0.2.29"
