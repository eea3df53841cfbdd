"""Orders and sales by day, hour of the day, channel and location."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.db.models.functions import TruncHour

from orders.states import State

from .scope import Scope, Zone

# A channel, a location's primary key, a currency, then the values of _COUNTED.
Group = tuple[Any, ...]
_Row = tuple[str, int, int, int | None, int | None]  # Currency, then the values of _COUNTED.
# Orders that were received but not sold.
LOST = (State.REJECTED, State.FAILED, State.MERCHANT_CANCELED, State.DSP_CANCELED)


@dataclass
class Tally:
    """Orders sold and lost, with amounts in the smallest unit of their currency."""

    sold: int = 0
    lost: int = 0
    subtotal: Counter[str] = field(default_factory=Counter)  # By currency.
    total: Counter[str] = field(default_factory=Counter)

    def add(self, row: _Row) -> None:
        """Add a row: currency, orders sold and lost, and the subtotals and totals sold."""
        currency, sold, lost, subtotal, total = row
        self.sold += sold
        self.lost += lost
        if sold:
            self.subtotal[currency] += int(subtotal or 0)
            self.total[currency] += int(total or 0)

    def merge(self, other: "Tally") -> None:
        """Add another tally."""
        self.sold += other.sold
        self.lost += other.lost
        self.subtotal.update(other.subtotal)
        self.total.update(other.total)

    @property
    def count(self) -> int:
        return self.sold + self.lost


@dataclass
class Sales:
    """Tallies in total, and by day, hour of the day, channel and location."""

    whole: Tally
    days: dict[date, Tally]
    hours: list[Tally]
    channels: dict[str, Tally]  # Under the most frequent spelling, largest first.
    locations: dict[int, Tally]  # By primary key.


def count_sales(scope: Scope) -> Sales:
    """Count in one query by hour, one by channel, and one for each zone off the full hour."""
    days, hours = {day: Tally() for day in scope.days}, [Tally() for _ in range(24)]
    groups = list(scope.orders().values_list("source", "location", "currency").annotate(**_COUNTED))
    sales = Sales(Tally(), days, hours, by_channel(groups), by_location(groups))
    zones_by_clock: dict[tzinfo, list[Zone]] = defaultdict(list)
    for zone in scope.zones:
        zones_by_clock[zone.counted_in].append(zone)
    for counted_in, zones in zones_by_clock.items():
        hour = TruncHour("created_at", tzinfo=counted_in)
        rows = scope.orders(zones).values_list(hour, _zone_index(zones), "currency")
        for at, number, *row in rows.annotate(**_COUNTED):
            _add(sales, at.astimezone(zones[number].zone), _row(row))
    return sales


def _zone_index(zones: Sequence[Zone]) -> Case | Value:
    """Return an expression for the index of the zone in which an order was received."""
    if len(zones) == 1:
        return Value(0)
    places = [When(location__in=zone.locations, then=n) for n, zone in enumerate(zones)]
    return Case(*places, output_field=IntegerField())


def _add(sales: Sales, local: datetime, row: _Row) -> None:
    sales.whole.add(row)
    sales.hours[local.hour].add(row)
    if local.date() in sales.days:
        sales.days[local.date()].add(row)


def by_channel(groups: Iterable[Group]) -> dict[str, Tally]:
    """Add up by channel, ignoring case: Uber and uber are one."""
    spellings: dict[str, Tally] = defaultdict(Tally)
    for source, _, *row in groups:
        spellings[source].add(_row(row))
    names: dict[str, str] = {}
    tallies: dict[str, Tally] = defaultdict(Tally)
    for source, tally in sorted(spellings.items(), key=lambda entry: (-entry[1].count, entry[0])):
        tallies[names.setdefault(source.casefold(), source)].merge(tally)
    return dict(sorted(tallies.items(), key=lambda entry: (-entry[1].sold, entry[0])))


def by_location(groups: Iterable[Group]) -> dict[int, Tally]:
    """Add up by location."""
    tallies: dict[int, Tally] = defaultdict(Tally)
    for _, location, *row in groups:
        tallies[location].add(_row(row))
    return dict(tallies)


def _row(values: list[object]) -> _Row:
    currency, sold, lost, subtotal, total = values
    return currency, sold, lost, subtotal, total  # type: ignore[return-value]  # The order of _COUNTED.


_IS_LOST = Q(state__in=LOST)
# Only columns of the index order_figures, so that the table itself is not read.
_COUNTED = {
    "sold": Count("created_at", filter=~_IS_LOST),
    "lost": Count("created_at", filter=_IS_LOST),
    "sold_subtotal": Sum("subtotal", filter=~_IS_LOST),
    "sold_total": Sum("total", filter=~_IS_LOST),
}
