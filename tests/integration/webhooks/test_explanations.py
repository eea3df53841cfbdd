"""Explanations for staff: why an event waits or ended, and why nothing is sent."""

from datetime import UTC, datetime, timedelta

import pytest

from integration.models import Endpoint, OutboundEvent
from integration.webhooks import explanations
from integration.webhooks.explanations import explain, why_stuck
from tests.support import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 12, 14, 3, 10, tzinfo=UTC)
State, Ending = OutboundEvent.State, OutboundEvent.Ending
BY_HAND = "It is not retried automatically; the owner or our staff can send it again."


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


@pytest.fixture
def event(merchant):
    """Return a factory of events that are due now by default."""

    def make(**fields):
        row = factories.event(merchant, **{"due_at": NOW, "created_at": NOW} | fields)
        row.refresh_from_db()
        return row

    return make


def test_an_event_that_is_due_now(event):
    expected = "It is due now and is sent as soon as a worker is free (attempt 1 of 15)."
    assert explain(event(), None, NOW) == expected


def test_an_event_that_is_held_back(event):
    held = event(due_at=after(seconds=3))
    expected = "It is held back briefly and is sent in 3 seconds, at 14:03:13 UTC."
    assert explain(held, Endpoint(name="stream"), NOW) == expected


def test_a_failed_event_waits_for_its_next_attempt_and_has_a_deadline(event):
    failed = event(
        attempt_count=3, claim_count=4, due_at=after(hours=2, minutes=5), expires_at=after(days=6)
    )
    assert explain(failed, Endpoint(name="stream"), NOW) == (
        "Its last attempt failed. It is retried in 2 hours, at 16:08:10 UTC (attempt 4 of 15)."
        " If an attempt fails after 18 Mar 2026, 14:03:10 UTC, it is given up."
    )


def test_an_urgent_event_has_no_schedule_but_a_deadline(event):
    urgent = event(
        is_urgent=True,
        attempt_count=1,
        claim_count=1,
        due_at=after(seconds=5),
        expires_at=after(seconds=40),
    )
    assert explain(urgent, None, NOW) == (
        "Its last attempt failed. It is retried in 5 seconds, at 14:03:15 UTC (attempt 2)."
        " It is never sent after 14:03:50 UTC."
    )


def test_a_type_with_a_window(event):
    status = event(event_type="order.status.updated", expires_at=after(hours=24))
    assert explain(status, None, NOW).endswith(" It is never sent after 13 Mar 2026, 14:03:10 UTC.")


def test_an_overdue_event(event):
    assert explain(event(due_at=ago(minutes=6)), None, NOW) == (
        "It has been due for 6 minutes and no worker has taken it: is one running?"
    )


def test_an_event_that_is_being_sent(event, settings):
    settings.STREAM_WEBHOOK_URL = ""  # Claimed before the address was removed.
    held = event(claim_count=3, attempt_count=2, leased_until=after(seconds=20))
    assert explain(held, None, NOW) == "It is being sent right now (attempt 3)."


def test_an_expired_lease_holds_nothing(event):
    freed = event(claim_count=1, attempt_count=1, leased_until=ago(seconds=1))
    assert "as soon as a worker is free (attempt 2 of 15)" in explain(freed, None, NOW)


def test_without_an_address(event, settings):
    settings.STREAM_WEBHOOK_URL = ""
    expected = "No webhook address is set (STREAM_WEBHOOK_URL): it waits until there is one."
    assert explain(event(), None, NOW) == expected


def test_a_stopped_receiver(event):
    stopped = Endpoint(name="stream", stopped_at=ago(hours=3))
    waiting = event(event_type="order.status.updated", expires_at=ago(hours=1))
    assert explain(waiting, stopped, NOW) == (
        "The receiver answered 410 (gone) 3 hours ago, at 11:03:10 UTC and is stopped:"
        " it waits until our staff resume it."
    )


def test_a_stopped_receiver_does_not_extend_an_urgent_deadline(event):
    stopped = Endpoint(name="stream", stopped_at=ago(hours=3))
    expected = "Its deadline has passed: it is no longer sent, and will be given up in a moment."
    assert explain(event(is_urgent=True, expires_at=ago(seconds=1)), stopped, NOW) == expected


def test_an_event_behind_an_earlier_one_of_the_same_key(event):
    first, second, third = event(), event(), event()
    event(ordering_key="other")
    expected = (
        f"It waits behind event {first.public_id}, which is older and has the same key: they"
        " arrive in the order they were created."
    )
    assert explain(second, None, NOW) == explain(third, None, NOW) == expected
    assert explanations.blocking_event(second) == first
    OutboundEvent.objects.filter(pk=first.pk).update(state=State.DELIVERED)
    assert explanations.blocking_event(second) is None


def test_a_failing_receiver_is_only_probed(event):
    failing = Endpoint(name="stream", failing_since=ago(minutes=14), probe_at=after(seconds=95))
    assert explain(event(due_at=ago(hours=1)), failing, NOW) == (
        "The receiver has been failing since 13:49:10 UTC: only occasional probes are sent."
        " The next probe is sent in 95 seconds, at 14:04:45 UTC."
        " Once one succeeds, all waiting events are sent."
    )


def test_an_urgent_event_is_sent_to_a_failing_receiver(event):
    failing = Endpoint(name="stream", failing_since=ago(minutes=14), probe_at=after(seconds=95))
    urgent = event(is_urgent=True, expires_at=after(seconds=50))
    assert explain(urgent, failing, NOW).startswith("It is due now")


ENDED = "It ended 2 minutes ago, at 14:01:10 UTC."


@pytest.mark.parametrize(
    ("state", "ending", "expected"),
    [
        (State.DELIVERED, Ending.ARRIVED, "It arrived at attempt 2."),
        (
            State.FAILED,
            Ending.REFUSED,
            f"The receiver refused it, and would refuse it again: fix the cause first. {BY_HAND}",
        ),
        (
            State.FAILED,
            Ending.TRIED_OUT,
            f"It was given up: every attempt in its schedule failed. {BY_HAND}",
        ),
        (
            State.FAILED,
            Ending.EXPIRED,
            f"It was given up: it could not be sent in time. {BY_HAND}",
        ),
        (State.FAILED, Ending.STOPPED, f"Staff stopped it. {BY_HAND}"),
        (
            State.WITHDRAWN,
            Ending.SUPERSEDED,
            "It is no longer sent: a newer event reports the current state.",
        ),
        (
            State.WITHDRAWN,
            Ending.UNDONE,
            "It is never sent: its change was undone before it was sent.",
        ),
        (
            State.WITHDRAWN,
            Ending.DISCONNECTED,
            "It is no longer sent: the location is no longer connected to Stream.",
        ),
        (State.DELIVERED, "", "It arrived."),
        (State.FAILED, "", f"It was given up. {BY_HAND}"),
        (State.WITHDRAWN, "", "It was withdrawn and is never sent."),
    ],
)
def test_each_ending_is_explained(event, state, ending, expected):
    over = event(state=state, ending=ending, claim_count=2, finished_at=ago(minutes=2))
    assert explain(over, None, NOW) == f"{expected} {ENDED}"


def test_every_ending_has_an_explanation(event):
    for ending in Ending:
        over = event(state=State.FAILED, ending=ending)
        assert explain(over, None, NOW) not in ("", explain(event(state=State.FAILED), None, NOW))


def test_an_expired_urgent_event_cannot_be_sent_again(event):
    late = event(state=State.FAILED, ending=Ending.EXPIRED, is_urgent=True)
    expected = "Stream no longer waits for it, so it cannot be sent again."
    assert explain(late, None, NOW).endswith(expected)


# Why nothing goes to a receiver.


def test_nothing_is_stuck_while_events_are_young_or_retried(event):
    event(created_at=ago(minutes=4))
    event(ordering_key="b", claim_count=1, created_at=ago(hours=1), due_at=after(minutes=9))
    event(ordering_key="c", claim_count=1, created_at=ago(hours=1), due_at=ago(minutes=4))
    event(ordering_key="d", created_at=ago(hours=1), leased_until=after(seconds=9))
    assert why_stuck(Endpoint(name="stream"), NOW) is None


def test_an_event_behind_a_later_retry_is_not_overdue(event):
    event(claim_count=1, created_at=ago(hours=1), due_at=after(minutes=9))
    event(created_at=ago(hours=1), due_at=ago(hours=1))
    assert why_stuck(Endpoint(name="stream"), NOW) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": ago(minutes=6)},  # Never claimed.
        {"claim_count": 1, "created_at": ago(days=2), "due_at": ago(minutes=6)},
    ],
)
def test_a_receiver_with_overdue_events_is_stuck(event, fields):
    event(**fields)
    assert why_stuck(Endpoint(name="stream"), NOW) == (
        "The receiver works, but events have been due for more than five minutes: since"
        " 13:57:10 UTC. Is a worker running?"
    )
    # While deliveries succeed, it gets its turn.
    assert why_stuck(Endpoint(name="stream", last_success_at=ago(minutes=1)), NOW) is None


def test_an_overdue_event_of_another_receiver_does_not_count(event):
    event(created_at=ago(minutes=6), endpoint="other")
    assert why_stuck(Endpoint(name="stream"), NOW) is None


def test_an_overdue_probe():
    failing = Endpoint(name="stream", failing_since=ago(hours=1), probe_at=ago(minutes=6))
    assert why_stuck(failing, NOW) == (
        "The receiver has been failing since 13:03:10 UTC: its events wait."
        " A probe was due at 13:57:10 UTC: is a worker running?"
    )
    failing.probe_at = ago(seconds=2)
    assert why_stuck(failing, NOW).endswith("The next probe is sent as soon as a worker is free.")


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=49), "2 days"),
        (timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_durations(span, expected):
    assert explanations.duration(span) == expected


def test_an_instant_has_a_date_only_on_another_day():
    assert explanations.relative_time(NOW, NOW) == "now, at 14:03:10 UTC"
    assert explanations.relative_time(ago(days=3), NOW) == "3 days ago, at 9 Mar 2026, 14:03:10 UTC"
