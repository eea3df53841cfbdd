"""Deliveries by our own drivers: how long they take, and how many come late.

Own and followed orders count alike. Times are whole minutes, as a driver's way is no matter of
seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q

from orders.models import Driver

from .scope import Scope


@dataclass
class Deliveries:
    """Deliveries of one driver or location, with counts of them by whole minutes."""

    assigned: int = 0  # Delivered or not.
    delivered: int = 0
    due: int = 0  # Delivered, of those with a due time.
    late: int = 0  # Delivered after it.
    to_leave: Counter[int] = field(default_factory=Counter)  # Assigned → out.
    on_the_way: Counter[int] = field(default_factory=Counter)  # Out → delivered.
    in_total: Counter[int] = field(default_factory=Counter)  # Assigned → delivered.

    @property
    def open(self) -> int:
        return self.assigned - self.delivered

    def add(self, minutes: Sequence[int | None], counts: Sequence[int]) -> None:
        """Add deliveries, counted in the order of _COUNTED, that all took these minutes."""
        assigned, delivered, due, late = counts
        self.assigned += assigned
        self.delivered += delivered
        self.due += due
        self.late += late
        for counter, value in zip(self._times, minutes, strict=True):
            if value is not None:
                counter[max(value, 0)] += assigned  # Less if a clock was set back.

    def merge(self, other: "Deliveries") -> None:
        """Add other deliveries."""
        self.assigned += other.assigned
        self.delivered += other.delivered
        self.due += other.due
        self.late += other.late
        for counter, more in zip(self._times, other._times, strict=True):
            counter.update(more)

    @property
    def _times(self) -> tuple[Counter[int], Counter[int], Counter[int]]:
        return self.to_leave, self.on_the_way, self.in_total


@dataclass
class DeliveryFigures:
    """Deliveries in total, by driver and by location (primary keys), most first."""

    whole: Deliveries
    drivers: dict[Driver, Deliveries]
    locations: dict[int, Deliveries]


def measure_deliveries(scope: Scope) -> DeliveryFigures:
    """Measure in one query, and read the drivers in another."""
    whole = Deliveries()
    drivers: dict[int, Deliveries] = defaultdict(Deliveries)
    locations: dict[int, Deliveries] = defaultdict(Deliveries)
    for (driver, location), tally in _by_both(scope).items():
        for sum_of in (whole, drivers[driver], locations[location]):
            sum_of.merge(tally)
    known = scope.merchant.drivers.in_bulk(drivers)
    return DeliveryFigures(
        whole,
        _most_first({known[key]: tally for key, tally in drivers.items()}),
        _most_first(locations),
    )


def _by_both(scope: Scope) -> dict[tuple[int, int], Deliveries]:
    tallies: dict[tuple[int, int], Deliveries] = defaultdict(Deliveries)
    rows = scope.assignments().values_list("driver", "location", *_MINUTES).annotate(**_COUNTED)
    for driver, location, to_leave, on_the_way, in_total, *counts in rows:
        tallies[driver, location].add((to_leave, on_the_way, in_total), counts)
    return tallies


def _most_first(tallies: dict[Any, Deliveries]) -> dict[Any, Deliveries]:
    return dict(sorted(tallies.items(), key=lambda entry: -entry[1].assigned))


class _Minutes(Func):
    """The whole minutes from the second instant to the first."""

    output_field = IntegerField()
    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 60)::integer"
    arg_joiner = " - "

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # A day as a fraction is exact to some 0.00001 minutes.
        template = "CAST((julianday(%(expressions)s)) * 1440 + 0.00001 AS INTEGER)"
        joiner = ") - julianday("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **extra)


_IS_DUE = Q(delivered_at__isnull=False, due_at__isnull=False)
_MINUTES = (
    _Minutes("out_at", "assigned_at"),
    _Minutes("delivered_at", "out_at"),
    _Minutes("delivered_at", "assigned_at"),
)
_COUNTED = {
    "assigned": Count("pk"),
    "delivered": Count("pk", filter=Q(delivered_at__isnull=False)),
    "due": Count("pk", filter=_IS_DUE),
    "late": Count("pk", filter=_IS_DUE & Q(delivered_at__gt=F("due_at"))),
}
