"""How many attempts ended how and how long they took, and how many events waited.

Workers only ever add rows, so none waits for another; `compact` sums them later. Whoever reads
must sum: a span may stand in several rows. The sum over all rows never goes down.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from integration.models import DeliveryTally, Endpoint, OutboundEvent, QueueSample

# Upper bounds; one more bucket is for what took longer. Rows keep their counts by them, so a change
# needs a migration of the rows.
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
    """Counts the attempts of one batch: endpoint, outcome, how many milliseconds it took.

    One INSERT, in the caller's transaction.
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
    """How many milliseconds the part `q` (0.99: all but one in a hundred) took at most.

    Linear inside its bucket; beyond the last bound, that bound. None: nothing was counted.
    """
    total = sum(buckets)
    if not total:
        return None
    wanted, before = q * total, 0
    for (low, high), count in zip(pairwise((0, *BUCKETS_MS)), buckets, strict=False):
        if count and before + count >= wanted:
            return low + (high - low) * (wanted - before) / count
        before += count
    return float(BUCKETS_MS[-1])


def sample(now: datetime) -> None:
    """Notes for every receiver how many events wait for it, and the age of the oldest."""
    waiting = OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    found = {
        name: (count, oldest)
        for name, count, oldest in waiting.values_list("endpoint").annotate(
            Count("pk"), Min("created_at")
        )
    }
    names = found.keys() | set(Endpoint.objects.values_list("pk", flat=True))
    samples = []
    for name in sorted(names):
        count, oldest = found.get(name, (0, now))
        seconds = max(0, int((now - oldest).total_seconds()))
        samples.append(QueueSample(at=now, endpoint=name, waiting=count, oldest_seconds=seconds))
    QueueSample.objects.bulk_create(samples)


def compact(now: datetime) -> None:
    """Sums what is older into rows of minutes, of hours and of ever; forgets old samples.

    Runs at the same time neither double nor lose a count: each deletes just what it summed.
    """
    _sum_into(MINUTE_SECONDS, before=now - _SETTLED_AFTER)
    _sum_into(HOUR_SECONDS, before=now - _MINUTES_KEPT)
    _sum_into(EVER_SECONDS, before=now - timedelta(days=settings.OUTBOUND_EVENT_DAYS))
    QueueSample.objects.filter(at__lt=now - _SAMPLES_KEPT).delete()


def _sum_into(span_seconds: int, *, before: datetime) -> None:
    while _sum_some(span_seconds, before) == _ROWS_AT_ONCE:
        pass


@transaction.atomic
def _sum_some(span_seconds: int, before: datetime) -> int:
    """Returns how many rows were looked at. SQLite knows no row locks, but one writer only."""
    old = DeliveryTally.objects.filter(at__lt=before)
    if span_seconds != EVER_SECONDS:  # That row is summed anew, so that it stays the only one.
        old = old.filter(span_seconds__lt=span_seconds)
    rows = list(old.select_for_update(skip_locked=True).order_by("at", "pk")[:_ROWS_AT_ONCE])
    groups: dict[_Group, list[DeliveryTally]] = defaultdict(list)
    for row in rows:
        groups[row.endpoint, row.outcome, _beginning(row.at, span_seconds)].append(row)
    changed = {
        key: group
        for key, group in groups.items()
        if len(group) > 1 or group[0].span_seconds < span_seconds
    }
    gone = [row.pk for group in changed.values() for row in group]
    DeliveryTally.objects.filter(pk__in=gone).delete()
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


def _beginning(at: datetime, span_seconds: int) -> datetime:
    """The beginning of the span of this length that `at` lies in, counted from the epoch."""
    if span_seconds == EVER_SECONDS:
        return _EPOCH
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % span_seconds, UTC)
