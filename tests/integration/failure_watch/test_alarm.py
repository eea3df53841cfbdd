"""An alarm is raised before Stream warns, says what failed, and resolves by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from integration.failure_watch import alarm, rate
from integration.models import Alarm
from integration.monitoring import alarms
from tests.integration.support.handler_answers import STRANGER, answered

pytestmark = pytest.mark.django_db


def open_alarms() -> list[Alarm]:
    return list(Alarm.objects.filter(kind=Alarm.Kind.HANDLER, resolved_at=None))


def look(*, minutes_later: float = 0) -> list[Alarm]:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes_later), tick=False):
        alarm.look()
    return open_alarms()


def test_it_is_raised_at_five_percent_and_says_what_failed_and_what_to_do(settings):
    settings.EMAIL_IS_SET, settings.OPERATOR_EMAILS = True, ["ops@example.com"]
    answered(201, times=95, minutes_ago=5)
    answered(503, times=3, minutes_ago=4, reason="full")
    answered(401, minutes_ago=3)
    assert look() == []

    answered(401, minutes_ago=2)
    [raised] = look()
    assert raised.message == (
        "5 of Stream's 100 requests of the last hour failed (5.0 %):"
        " 3 × 503 (overload: full), 2 × 401. The newest: 401. The signature is wrong: compare"
        " STREAM_EVENTS_SECRET with the secret in Stream's portal. Stream warns at 10 % and"
        " switches the events off at 50 %."
    )
    [letter] = mail.outbox
    assert letter.subject == "[Stream POS] Stream's events fail here: every merchant"
    assert "Failure rate:\n" in str(letter.body)
    assert "/admin/integration/endpoint/dashboard/" in str(letter.body)


def test_while_it_is_open_its_text_is_renewed_without_more_mails(settings):
    settings.EMAIL_IS_SET, settings.OPERATOR_EMAILS = True, ["ops@example.com"]
    answered(500, times=5, minutes_ago=5)
    look()
    answered(503, minutes_ago=1)
    [still] = look()
    assert still.message.startswith("6 of Stream's 6 requests of the last hour failed (100.0 %)")
    assert "The newest: 503. The database is away" in still.message
    assert (still.count, len(mail.outbox)) == (1, 1)


def test_four_failures_raise_nothing_however_few_requests_there_are():
    answered(500, times=4)
    assert look() == []
    answered(500)
    assert len(look()) == 1


def test_with_few_requests_it_looks_back_up_to_a_day():
    for hours in range(1, 6):
        answered(401, minutes_ago=hours * 60 + 5)
    [raised] = look()
    assert raised.message.startswith("5 of Stream's 5 requests of the last 5 hours failed")


def test_it_looks_no_further_back_than_to_twenty_requests():
    answered(500, times=50, minutes_ago=130)
    answered(201, times=20, minutes_ago=70)
    assert rate.recent(timezone.now()).total == 20
    assert look() == []


def test_a_changed_secret_raises_it():
    answered(201, times=50, minutes_ago=70)
    answered(401, times=5, minutes_ago=2)
    [raised] = look()
    assert "5 × 401" in raised.message


def test_a_stranger_neither_raises_nor_hides_it():
    answered(201, times=20, minutes_ago=70)
    answered(401, 429, 503, 413, to=STRANGER, times=100, minutes_ago=1)
    assert look() == []

    answered(500, times=5, minutes_ago=1)
    [raised] = look()
    assert "5 × 500" in raised.message
    assert "401" not in raised.message


def test_it_resolves_by_itself_when_authentic_events_succeed():
    answered(500, times=5, minutes_ago=50)
    answered(201, times=20, minutes_ago=20)
    assert len(look()) == 1
    assert look(minutes_later=15) == []
    assert Alarm.objects.get().resolved_by == ""


def test_between_its_two_thresholds_it_stays_as_it_is():
    answered(201, times=150, minutes_ago=5)
    answered(500, times=5, minutes_ago=5)
    assert look() == []
    answered(500, times=5, minutes_ago=4)
    assert len(look()) == 1
    answered(201, times=160, minutes_ago=3)
    assert len(look()) == 1
    answered(201, times=200, minutes_ago=2)
    assert look() == []


def test_silence_does_not_resolve_it():
    answered(401, times=5)
    assert len(look()) == 1
    assert len(look(minutes_later=3 * 24 * 60)) == 1


def test_what_failed_before_it_was_dismissed_does_not_raise_it_again():
    answered(500, times=10, minutes_ago=5)
    look()
    alarms.dismiss(Alarm.objects.all(), by="ops@example.com")
    assert look() == []

    Alarm.objects.update(resolved_at=timezone.now() - timedelta(minutes=3))
    answered(500, times=5, minutes_ago=1)
    [again] = look()
    assert again.message.startswith("5 of Stream's 5 requests")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((503, ""), "503. The database is away"),
        ((503, "waited"), "503 (overload: waited). The server is overloaded"),
        ((503, "stopping"), "503 (restart). A web process was stopped"),
        ((499, ""), "499. Stream hung up before the answer"),
        ((418, ""), "418. The log says why."),
    ],
)
def test_each_failure_is_explained(answer, told):
    status, reason = answer
    answered(status, reason=reason, times=5, minutes_ago=1)
    [raised] = look()
    assert f"The newest: {told}" in raised.message


def test_the_longest_text_fits(settings):
    for status in (400, 401, 404, 408, 413, 429, 499, 500):
        answered(status, times=1_000, minutes_ago=2)
    answered(503, times=1_000_000, minutes_ago=1, reason="key_full")
    [raised] = look()
    assert raised.message.endswith("switches the events off at 50 %.")
    assert ", …. The newest" in raised.message
