"""Durations: from receipt to decision, and from acceptance to ready."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from orders.lifecycle import acceptance

from .scope import Scope


@dataclass
class Durations:
    """Counts of orders by waiting time (`waits`, seconds) and kitchen time (whole minutes)."""

    waits: Counter[int] = field(default_factory=Counter)
    kitchen: Counter[int] = field(default_factory=Counter)
    late: int = 0  # Ready later than promised.
    promised_minutes: int = 0  # Sum over all orders in `kitchen`.

    @property
    def by_the_clock(self) -> int:
        """Count the orders that staff did not decide in time."""
        limit = acceptance.STAFF_HAVE.total_seconds()
        return sum(count for seconds, count in self.waits.items() if seconds >= limit)


def measure_durations(scope: Scope) -> Durations:
    """Measure decisions and the kitchen in two queries.

    Future orders are left out of kitchen times, since their kitchen waits on purpose.
    """
    durations = Durations()
    waited = scope.orders().filter(wait_seconds__isnull=False)
    for seconds, count in waited.values_list("wait_seconds").annotate(count=Count("*")):
        durations.waits[seconds] += count
    ready = scope.orders().filter(kitchen_seconds__isnull=False, is_future_order=False)
    is_late = Q(kitchen_seconds__gt=F("prep_time_minutes") * 60)
    by_minute = ready.values_list(F("kitchen_seconds") / 60).annotate(
        count=Count("*"),
        late=Count("created_at", filter=is_late),
        promised=Sum("prep_time_minutes"),
    )
    for minute, count, late, promised in by_minute:
        durations.kitchen[minute] += count
        durations.late += late
        durations.promised_minutes += promised
    return durations


def percentile(counts: Counter[int], q: float) -> int | None:
    """Return the smallest value that a share `q` (0.95) does not exceed; None without counts."""
    target, seen = q * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= target:
            return value
    return None
