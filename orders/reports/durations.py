"""How long decisions and the kitchen took."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from orders.lifecycle import acceptance

from .scope import Scope


@dataclass
class Times:
    """Of orders that waited for a decision: seconds. Of those that got ready: whole minutes."""

    waits: Counter[int] = field(default_factory=Counter)
    kitchen: Counter[int] = field(default_factory=Counter)
    late: int = 0  # Ready later than promised.
    promised_minutes: int = 0  # Of all together.

    @property
    def by_the_clock(self) -> int:
        """For which nobody decided while staff could."""
        limit = acceptance.STAFF_HAVE.total_seconds()
        return sum(count for seconds, count in self.waits.items() if seconds >= limit)


def times_of(scope: Scope) -> Times:
    """Two queries. An order for later is not measured: its kitchen waits on purpose."""
    found = Times()
    waited = scope.orders().filter(wait_seconds__isnull=False)
    for seconds, count in waited.values_list("wait_seconds").annotate(count=Count("*")):
        found.waits[seconds] += count
    ready = scope.orders().filter(kitchen_seconds__isnull=False, is_future_order=False)
    is_late = Q(kitchen_seconds__gt=F("prep_time_minutes") * 60)
    by_minute = ready.values_list(F("kitchen_seconds") / 60).annotate(
        count=Count("*"),
        late=Count("created_at", filter=is_late),
        promised=Sum("prep_time_minutes"),
    )
    for minute, count, late, promised in by_minute:
        found.kitchen[minute] += count
        found.late += late
        found.promised_minutes += promised
    return found


def percentile(counts: Counter[int], q: float) -> int | None:
    """The smallest value that the part `q` (0.95) does not exceed; None: nothing was counted."""
    wanted, seen = q * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return None
