"""Delivery statistics: no count is lost or doubled, and the tables stay small."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration.models import DeliveryTally, Endpoint, QueueSample
from integration.monitoring import statistics as delivery_statistics
from integration.monitoring.statistics import BUCKETS_MS
from tests.support import factories
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db

Outcome = DeliveryTally.Outcome
NOW = datetime(2026, 3, 12, 14, 3, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tally(
    at: datetime, count: int = 1, outcome: str = Outcome.DELIVERED, **fields
) -> DeliveryTally:
    buckets = [count] + [0] * len(BUCKETS_MS)
    described = {"endpoint": "stream", "outcome": outcome, "buckets": buckets}
    return DeliveryTally.objects.create(
        at=at, count=count, total_ms=10 * count, **described | fields
    )


def rows() -> list[tuple[datetime, str, str, int, int]]:
    """Return the stored tallies: at, endpoint, outcome, count, span."""
    return list(
        DeliveryTally.objects.order_by("at", "endpoint", "outcome").values_list(
            "at", "endpoint", "outcome", "count", "span_seconds"
        )
    )


def test_a_batch_is_one_insert_and_nothing_is_updated():
    results = [
        ("stream", Outcome.DELIVERED, 10),
        ("stream", Outcome.DELIVERED, 11),
        ("stream", Outcome.FAILED, 90_000),
    ]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        delivery_statistics.add(results)
    assert [query["sql"].split()[0] for query in queries] == ["INSERT"]

    delivered = DeliveryTally.objects.get(outcome="delivered")
    assert (delivered.count, delivered.total_ms, delivered.span_seconds) == (2, 21, 0)
    assert delivered.buckets[:3] == [1, 1, 0]  # A bound counts within its bucket.
    failed = DeliveryTally.objects.get(outcome="failed")
    assert failed.buckets == [0] * len(BUCKETS_MS) + [1]


def test_an_empty_batch_counts_nothing():
    delivery_statistics.add([])
    assert rows() == []


@pytest.mark.parametrize(
    ("buckets", "q", "expected"),
    [
        ({}, 0.5, None),
        ({0: 4}, 0.5, 5.0),  # The middle of 0 to 10 ms.
        ({0: 1, 1: 1}, 0.5, 10.0),
        ({0: 1, 1: 1}, 0.75, 17.5),
        ({1: 99, 6: 1}, 0.99, 25.0),
        ({1: 99, 6: 1}, 1.0, 1000.0),
        ({len(BUCKETS_MS): 3}, 0.5, float(BUCKETS_MS[-1])),  # Longer than any bound.
    ],
)
def test_a_percentile_is_interpolated_linearly_in_its_bucket(buckets, q, expected):
    counts = [buckets.get(i, 0) for i in range(len(BUCKETS_MS) + 1)]
    assert delivery_statistics.percentile(counts, q) == expected


def test_older_rows_are_summed_by_minute_and_recent_ones_left_alone():
    settled = NOW - timedelta(minutes=3)
    minute = settled.replace(second=0)
    tally(minute, 1)
    tally(minute + timedelta(seconds=59), 2)
    tally(minute + timedelta(seconds=5), 4, Outcome.FAILED)
    tally(minute, 8, endpoint="other")
    tally(minute - timedelta(seconds=1), 16)
    tally(NOW - timedelta(minutes=1), 32)

    delivery_statistics.compact(NOW)

    assert rows() == [
        (minute - timedelta(minutes=1), "stream", "delivered", 16, 60),
        (minute, "other", "delivered", 8, 60),
        (minute, "stream", "delivered", 3, 60),
        (minute, "stream", "failed", 4, 60),
        (NOW - timedelta(minutes=1), "stream", "delivered", 32, 0),
    ]
    summed = DeliveryTally.objects.get(count=3)
    assert (summed.total_ms, summed.buckets[0]) == (30, 3)


def test_rows_older_than_two_days_are_summed_by_hour():
    hour = datetime(2026, 3, 10, 13, tzinfo=UTC)
    tally(hour, 1, span_seconds=60)
    tally(hour + timedelta(minutes=59), 2, span_seconds=60)
    kept = NOW - timedelta(days=1, hours=23)
    tally(kept, 4, span_seconds=60)
    delivery_statistics.compact(NOW)
    assert rows() == [
        (hour, "stream", "delivered", 3, 3600),
        (kept, "stream", "delivered", 4, 60),
    ]


def test_after_the_retention_time_one_row_holds_the_total(settings):
    settings.OUTBOUND_EVENT_DAYS = 7
    old = NOW - timedelta(days=8)
    for _ in range(3):
        tally(old, 1, span_seconds=3600)
        delivery_statistics.compact(NOW)  # Later hours go into the same row.
    tally(old, 5, Outcome.REFUSED)
    delivery_statistics.compact(NOW)
    ever = delivery_statistics.EVER_SECONDS
    assert rows() == [
        (EPOCH, "stream", "delivered", 3, ever),
        (EPOCH, "stream", "refused", 5, ever),
    ]


def test_rows_that_are_summed_already_are_not_written_again(settings):
    settings.OUTBOUND_EVENT_DAYS = 7
    tally(NOW - timedelta(days=8), 2)
    tally(NOW - timedelta(days=3), 2)
    tally(NOW - timedelta(hours=1), 2)
    delivery_statistics.compact(NOW)
    before = set(DeliveryTally.objects.values_list("pk", flat=True))
    delivery_statistics.compact(NOW)
    assert set(DeliveryTally.objects.values_list("pk", flat=True)) == before


def test_more_rows_than_fit_one_batch_are_summed(monkeypatch):
    monkeypatch.setattr(delivery_statistics, "_ROWS_AT_ONCE", 3)
    minute = NOW.replace(second=0) - timedelta(minutes=5)
    for second in range(10):
        tally(minute + timedelta(seconds=second))
    delivery_statistics.compact(NOW)
    assert sum(count for *_, count, _span in rows()) == 10
    assert {span for *_, span in rows()} == {60}


@pytest.mark.django_db(transaction=True)
def test_concurrent_runs_neither_lose_nor_double_a_count(settings):
    settings.OUTBOUND_EVENT_DAYS = 7
    now = timezone.now()
    for age in (timedelta(minutes=5), timedelta(days=3), timedelta(days=9)):
        for second in range(40):
            tally(now - age - timedelta(seconds=second))
    at_once(*[lambda: delivery_statistics.compact(now)] * 4)
    assert sum(count for *_, count, _span in rows()) == 120
    delivery_statistics.compact(now)
    assert sum(count for *_, count, _span in rows()) == 120
    assert [row for row in rows() if row[0] == EPOCH] == [
        (EPOCH, "stream", "delivered", 40, delivery_statistics.EVER_SECONDS)
    ]


def test_a_sample_counts_the_waiting_events_of_every_receiver(merchant):
    now = timezone.now()
    Endpoint.objects.create(name="idle")
    factories.event(merchant, created_at=now - timedelta(seconds=90))
    factories.event(merchant, created_at=now - timedelta(seconds=30))
    factories.event(merchant, state="delivered", created_at=now - timedelta(hours=1))
    delivery_statistics.sample(now)
    samples = QueueSample.objects.order_by("endpoint").values_list(
        "at", "endpoint", "waiting", "oldest_seconds"
    )
    assert list(samples) == [(now, "idle", 0, 0), (now, "stream", 2, 90)]


def test_samples_older_than_the_longest_plot_are_deleted():
    for days in (7, 9):
        QueueSample.objects.create(at=NOW - timedelta(days=days), endpoint="stream", waiting=days)
    delivery_statistics.compact(NOW)
    assert [sample.waiting for sample in QueueSample.objects.all()] == [7]
