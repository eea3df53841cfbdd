"""The failure rate: over the last hour, over what an alarm looks at, and over time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Sum

from integration.models import EventSender, HandlerTally
from integration.monitoring.time_series import Span

HOUR = timedelta(hours=1)
FEW = 20
LONGEST = timedelta(days=1)


class Answer(NamedTuple):
    """A kind of answer: its status, and why no thread worked for it."""

    status: int
    reason: str = ""

    @property
    def is_failure(self) -> bool:
        return not 200 <= self.status < 300


@dataclass
class Answers:
    """The answers from `at` on, to Stream and apart from them to strangers."""

    at: datetime
    total: int = 0
    failed: Counter[Answer] = field(default_factory=Counter)
    foreign: Counter[Answer] = field(default_factory=Counter)
    newest_failure: Answer | None = None
    newest_at: datetime | None = None

    @property
    def failures(self) -> int:
        return self.failed.total()

    @property
    def ratio(self) -> float:
        """The share of Stream's requests that failed, from 0 to 1."""
        return self.failures / self.total if self.total else 0.0

    def add(self, at: datetime, answer: Answer, is_foreign: bool, count: int) -> None:
        if is_foreign:
            self.foreign[answer] += count
            return
        self.total += count
        if answer.is_failure:
            self.failed[answer] += count
            if self.newest_at is None or at > self.newest_at:
                self.newest_failure, self.newest_at = answer, at


_Row = tuple[datetime, Answer, bool, int]


def last_hour(now: datetime) -> Answers:
    return _summed(now - HOUR, _rows(now - HOUR))


def recent(now: datetime, *, not_before: datetime | None = None) -> Answers:
    """Return the last hour; with few requests as far back as there are enough, up to a day."""
    earliest = max(now - HOUR, not_before or now - HOUR)
    hour = _summed(earliest, _rows(earliest))
    if hour.total >= FEW:
        return hour
    longest = max(now - LONGEST, not_before or now - LONGEST)
    result = Answers(earliest)
    for at, answer, is_foreign, count in _rows(longest):
        if at < earliest and at != result.at:
            if result.total >= FEW:
                break
            result.at = at
        result.add(at, answer, is_foreign, count)
    return result


def steps(span: Span, now: datetime) -> list[Answers]:
    """Return the steps of a plot up to now, oldest first; one query."""
    seconds = span.step_seconds
    last = int(now.timestamp()) // seconds
    first = last + 1 - int(span.length.total_seconds()) // seconds
    by_number = {
        number: Answers(datetime.fromtimestamp(number * seconds, UTC))
        for number in range(first, last + 1)
    }
    for at, answer, is_foreign, count in _rows(by_number[first].at):
        step = by_number.get(int(at.timestamp()) // seconds)
        if step is not None:  # None: from a clock that runs fast.
            step.add(at, answer, is_foreign, count)
    return list(by_number.values())


def _summed(since: datetime, rows: Iterable[_Row]) -> Answers:
    result = Answers(since)
    for row in rows:
        result.add(*row)
    return result


def _rows(since: datetime) -> Iterable[_Row]:
    """Read the sums of each minute, the newest first."""
    rows = (
        HandlerTally.objects.filter(at__gte=since)
        .values_list("at", "status", "reason", "is_foreign")
        .annotate(Sum("count"))
        .order_by("-at", "status", "reason")
    )
    for at, status, reason, is_foreign, count in rows:
        yield at, Answer(status, reason), is_foreign, count


def forget(before: datetime) -> None:
    """Delete the counts of minutes before that time, and senders not heard of since."""
    HandlerTally.objects.filter(at__lt=before).delete()
    EventSender.objects.filter(last_at__lt=before).delete()
