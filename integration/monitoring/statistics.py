"""Statistics: outcomes and durations of attempts, and the length of each queue.

Workers only add rows, so none waits for another; `compact` sums them later. Readers must sum,
because a span may have several rows. The sum over all rows never decreases.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from integration.db import batches
from integration.models import DeliveryTally, Endpoint, OutboundEvent, QueueSample

# Upper bounds; one more bucket holds anything longer. Rows store their counts by bucket, so a
# change needs a migration of the rows.
BUCKETS_MS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000, 40000)

MINUTE_SECONDS, HOUR_SECONDS = 60, 3600
EVER_SECONDS = 2_147_483_647  # The largest that the column holds.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTLED_AFTER = timedelta(minutes=2)  # Longer than a batch's transaction.
_MINUTES_KEPT = timedelta(days=2)
_SAMPLES_KEPT = timedelta(days=8)  # The longest plot is of a week.
_ROWS_AT_ONCE = 5_000

_Group = tuple[str, str, datetime]


def add(results: Iterable[tuple[str, DeliveryTally.Outcome, int]]) -> None:
    """Count the attempts of one batch: endpoint, outcome and duration in milliseconds.

    It is one INSERT, in the caller's transaction.
    """
    durations: dict[tuple[str, str], list[int]] = defaultdict(list)
    for endpoint, outcome, duration_ms in results:
        durations[endpoint, outcome].append(duration_ms)
    now = timezone.now()
    DeliveryTally.objects.bulk_create(
        DeliveryTally(
            at=now,
            endpoint=endpoint,
            outcome=outcome,
            count=len(took),
            total_ms=sum(took),
            buckets=_in_buckets(took),
        )
        for (endpoint, outcome), took in durations.items()
    )


def _in_buckets(durations_ms: Iterable[int]) -> list[int]:
    buckets = [0] * (len(BUCKETS_MS) + 1)
    for duration_ms in durations_ms:
        buckets[bisect_left(BUCKETS_MS, duration_ms)] += 1
    return buckets


def percentile(buckets: Sequence[int], q: float) -> float | None:
    """Return the quantile `q` (such as 0.99) in milliseconds; None if nothing was counted.

    It is interpolated linearly inside its bucket; beyond the last bound it is that bound.
    """
    total = sum(buckets)
    if not total:
        return None
    rank, before = q * total, 0
    for (low, high), count in zip(pairwise((0, *BUCKETS_MS)), buckets, strict=False):
        if count and before + count >= rank:
            return low + (high - low) * (rank - before) / count
        before += count
    return float(BUCKETS_MS[-1])


def sample(now: datetime) -> None:
    """Record for every endpoint how many events wait for it, and the age of the oldest."""
    waiting = OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    waiting_by_name = {
        name: (count, oldest)
        for name, count, oldest in waiting.values_list("endpoint").annotate(
            Count("pk"), Min("created_at")
        )
    }
    names = waiting_by_name.keys() | set(Endpoint.objects.values_list("pk", flat=True))
    samples = []
    for name in sorted(names):
        count, oldest = waiting_by_name.get(name, (0, now))
        seconds = max(0, int((now - oldest).total_seconds()))
        samples.append(QueueSample(at=now, endpoint=name, waiting=count, oldest_seconds=seconds))
    QueueSample.objects.bulk_create(samples)


def compact(now: datetime, step: Callable[[], object] = lambda: None) -> None:
    """Sum older rows into rows of minutes, hours and all time; delete old samples.

    Concurrent runs neither double nor lose a count: each deletes just the rows it summed. `step` is
    called between batches.
    """
    spans = {
        MINUTE_SECONDS: _SETTLED_AFTER,
        HOUR_SECONDS: _MINUTES_KEPT,
        EVER_SECONDS: timedelta(days=settings.OUTBOUND_EVENT_DAYS),
    }
    for span_seconds, age in spans.items():
        while _sum_some(span_seconds, now - age) == _ROWS_AT_ONCE:
            step()
    batches.delete(QueueSample.objects.filter(at__lt=now - _SAMPLES_KEPT), step=step)


@transaction.atomic
def _sum_some(span_seconds: int, before: datetime) -> int:
    """Sum one batch; return how many rows it had. SQLite has no row locks, but only one writer."""
    old = DeliveryTally.objects.filter(at__lt=before)
    if (
        span_seconds != EVER_SECONDS
    ):  # The all-time row is summed again, so that it stays the only one.
        old = old.filter(span_seconds__lt=span_seconds)
    rows = list(old.select_for_update(skip_locked=True).order_by("at", "pk")[:_ROWS_AT_ONCE])
    groups: dict[_Group, list[DeliveryTally]] = defaultdict(list)
    for row in rows:
        groups[row.endpoint, row.outcome, _span_start(row.at, span_seconds)].append(row)
    changed = {
        key: group
        for key, group in groups.items()
        if len(group) > 1 or group[0].span_seconds < span_seconds
    }
    summed = [row.pk for group in changed.values() for row in group]
    DeliveryTally.objects.filter(pk__in=summed).delete()
    DeliveryTally.objects.bulk_create(_sums(changed, span_seconds))
    return len(rows)


def _sums(groups: dict[_Group, list[DeliveryTally]], span_seconds: int) -> Iterator[DeliveryTally]:
    for (endpoint, outcome, at), group in groups.items():
        yield DeliveryTally(
            at=at,
            endpoint=endpoint,
            outcome=outcome,
            count=sum(row.count for row in group),
            total_ms=sum(row.total_ms for row in group),
            buckets=[sum(column) for column in zip(*(row.buckets for row in group), strict=True)],
            span_seconds=span_seconds,
        )


def _span_start(at: datetime, span_seconds: int) -> datetime:
    """Return the start of the span that contains `at`; spans are counted from the epoch."""
    if span_seconds == EVER_SECONDS:
        return _EPOCH
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % span_seconds, UTC)
