"""Time series for the plots of delivery: an hour, a day or a week in steps."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from integration.models import DeliveryTally, QueueSample

from .statistics import BUCKETS_MS

Outcome = DeliveryTally.Outcome


@dataclass(frozen=True)
class Span:
    """The time range of a plot, and the length of one of its steps."""

    name: str
    title: str
    length: timedelta
    step_seconds: int
    step_title: str
    clock: str  # The strftime format of a step's time.


SPANS = {
    span.name: span
    for span in (
        Span("hour", "Last hour", timedelta(hours=1), 60, "minute", "%H:%M"),
        Span("day", "Last day", timedelta(days=1), 900, "15 minutes", "%H:%M"),
        # Tallies older than two days are summed by hour.
        Span("week", "Last week", timedelta(days=7), 7200, "2 hours", "%a %H:%M"),
    )
}


@dataclass
class Step:
    """The statistics from `at` until the next step."""

    at: datetime
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Outcome.values, 0))
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    waiting: int | None = None  # The longest queue; None: there is no sample.
    oldest_seconds: int | None = None

    @property
    def attempts(self) -> int:
        return sum(self.counts.values())


def steps(endpoint: str, span: Span, now: datetime) -> list[Step]:
    """Return the steps of the span up to now, oldest first; two queries."""
    seconds = span.step_seconds
    last = int(now.timestamp()) // seconds
    first = last + 1 - int(span.length.total_seconds()) // seconds
    by_number = {
        number: Step(datetime.fromtimestamp(number * seconds, UTC))
        for number in range(first, last + 1)
    }
    start = by_number[first].at
    for at, outcome, count, buckets in DeliveryTally.objects.filter(
        endpoint=endpoint, at__gte=start, at__lte=now
    ).values_list("at", "outcome", "count", "buckets"):
        step = by_number[int(at.timestamp()) // seconds]
        step.counts[outcome] += count
        step.buckets = [a + b for a, b in zip(step.buckets, buckets, strict=True)]
    for at, waiting, oldest_seconds in QueueSample.objects.filter(
        endpoint=endpoint, at__gte=start, at__lte=now
    ).values_list("at", "waiting", "oldest_seconds"):
        step = by_number[int(at.timestamp()) // seconds]
        step.waiting = max(step.waiting or 0, waiting)
        step.oldest_seconds = max(step.oldest_seconds or 0, oldest_seconds)
    return list(by_number.values())
