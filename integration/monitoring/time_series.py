"""What the plots of delivery are drawn from: an hour, a day or a week, step by step."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from integration.models import DeliveryTally, QueueSample

from .statistics import BUCKETS_MS

Outcome = DeliveryTally.Outcome


@dataclass(frozen=True)
class Span:
    """How far back a plot goes, and how much time one of its points stands for."""

    name: str
    title: str
    length: timedelta
    step_seconds: int
    step_title: str
    clock: str  # How strftime writes a point's time.


SPANS = {
    span.name: span
    for span in (
        Span("hour", "Last hour", timedelta(hours=1), 60, "minute", "%H:%M"),
        Span("day", "Last day", timedelta(days=1), 900, "15 minutes", "%H:%M"),
        # Tallies older than two days stand in rows of hours.
        Span("week", "Last week", timedelta(days=7), 7200, "2 hours", "%a %H:%M"),
    )
}


@dataclass
class Step:
    """What happened from `at` on, until the next step."""

    at: datetime
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Outcome.values, 0))
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    waiting: int | None = None  # The most that waited at once; None: nobody looked.
    oldest_seconds: int | None = None

    @property
    def attempts(self) -> int:
        return sum(self.counts.values())


def steps(endpoint: str, span: Span, now: datetime) -> list[Step]:
    """The span up to now, oldest first; two queries."""
    seconds = span.step_seconds
    last = int(now.timestamp()) // seconds
    first = last + 1 - int(span.length.total_seconds()) // seconds
    found = {
        number: Step(datetime.fromtimestamp(number * seconds, UTC))
        for number in range(first, last + 1)
    }
    begins = found[first].at
    for at, outcome, count, buckets in DeliveryTally.objects.filter(
        endpoint=endpoint, at__gte=begins, at__lte=now
    ).values_list("at", "outcome", "count", "buckets"):
        step = found[int(at.timestamp()) // seconds]
        step.counts[outcome] += count
        step.buckets = [a + b for a, b in zip(step.buckets, buckets, strict=True)]
    for at, waiting, oldest_seconds in QueueSample.objects.filter(
        endpoint=endpoint, at__gte=begins, at__lte=now
    ).values_list("at", "waiting", "oldest_seconds"):
        step = found[int(at.timestamp()) // seconds]
        step.waiting = max(step.waiting or 0, waiting)
        step.oldest_seconds = max(step.oldest_seconds or 0, oldest_seconds)
    return list(found.values())
