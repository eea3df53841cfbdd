"""How many orders came and what they sold, by day, hour of the day and channel."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.db.models.functions import TruncHour

from orders.states import State

from .scope import Scope, Zone

_Row = tuple[str, int, int, int | None, int | None]  # As _COUNTED, after the currency.
# What was ordered and not sold in the end.
LOST = (State.REJECTED, State.FAILED, State.MERCHANT_CANCELED, State.DSP_CANCELED)


@dataclass
class Tally:
    """Amounts are in the smallest unit of their currency."""

    sold: int = 0
    lost: int = 0
    subtotal: Counter[str] = field(default_factory=Counter)  # By currency.
    total: Counter[str] = field(default_factory=Counter)

    def add(self, row: _Row) -> None:
        """Currency, orders sold and lost, and what was sold: subtotals and totals."""
        currency, sold, lost, subtotal, total = row
        self.sold += sold
        self.lost += lost
        if sold:
            self.subtotal[currency] += int(subtotal or 0)
            self.total[currency] += int(total or 0)


@dataclass
class Sales:
    whole: Tally
    days: dict[date, Tally]
    hours: list[Tally]
    channels: dict[str, Tally]  # By the name that most orders have, the largest first.


def sales_of(scope: Scope) -> Sales:
    """One query by the hour and one by channel, and one for each zone of odd half hours."""
    found = Sales(Tally(), {day: Tally() for day in scope.days}, [Tally() for _ in range(24)], {})
    ways: dict[tzinfo, list[Zone]] = defaultdict(list)
    for zone in scope.zones:
        ways[zone.counted_in].append(zone)
    for counted_in, zones in ways.items():
        hour = TruncHour("created_at", tzinfo=counted_in)
        rows = scope.orders(zones).values_list(hour, _number_of(zones), "currency")
        for at, number, *row in rows.annotate(**_COUNTED):
            _add(found, at.astimezone(zones[number].zone), _row(row))
    found.channels = _channels(scope)
    return found


def _number_of(zones: Sequence[Zone]) -> Case | Value:
    """The place in the list of the zone in which an order was received."""
    if len(zones) == 1:
        return Value(0)
    places = [When(location__in=zone.locations, then=n) for n, zone in enumerate(zones)]
    return Case(*places, output_field=IntegerField())


def _add(found: Sales, local: datetime, row: _Row) -> None:
    found.whole.add(row)
    found.hours[local.hour].add(row)
    if local.date() in found.days:
        found.days[local.date()].add(row)


def _channels(scope: Scope) -> dict[str, Tally]:
    """Uber and uber are one channel."""
    names: dict[str, str] = {}
    tallies: dict[str, Tally] = {}
    rows = scope.orders().values_list("source", "currency").annotate(**_COUNTED)
    for source, *row in sorted(rows, key=lambda one: (-one[2] - one[3], one[0])):
        name = names.setdefault(source.casefold(), source)
        tallies.setdefault(name, Tally()).add(_row(row))
    return dict(sorted(tallies.items(), key=lambda one: (-one[1].sold, one[0])))


def _row(values: list[object]) -> _Row:
    currency, sold, lost, subtotal, total = values
    return currency, sold, lost, subtotal, total  # type: ignore[return-value]  # As _COUNTED says.


_IS_LOST = Q(state__in=LOST)
# Nothing but what the index order_figures holds, so that the table itself is not read.
_COUNTED = {
    "sold": Count("created_at", filter=~_IS_LOST),
    "lost": Count("created_at", filter=_IS_LOST),
    "sold_subtotal": Sum("subtotal", filter=~_IS_LOST),
    "sold_total": Sum("total", filter=~_IS_LOST),
}
