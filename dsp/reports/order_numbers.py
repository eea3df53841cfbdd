"""Numbers about the channel's orders, its menus, and the events that it does not know."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Func, IntegerField

from dsp.models import ChannelOrder, ReceivedEvent, Store
from integration.models import Merchant

State = ChannelOrder.State

STALE_AFTER = timedelta(days=7)  # (A) contract DSP-RULES-STALE
NO_ANSWER = "no_answer"  # The reason of orders that were given up.
_MOST_TYPES = 20
_NEVER_OURS = (State.AWAITING_PAYMENT, State.EXPIRED)


@dataclass
class OrderNumbers:
    """Counts of orders by state and by reason of failure, and of accepted ones by seconds."""

    states: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Count the orders that were paid, or need not be."""
        return sum(count for state, count in self.states.items() if state not in _NEVER_OURS)

    @property
    def failed(self) -> int:
        return self.failures.total()


class _Seconds(Func):
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) AS integer)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # There a duration is a number of microseconds.
        return self.as_sql(compiler, connection, template="%(expressions)s / 1000000", **extra)


def count_orders(merchant: Merchant | None, since: datetime) -> OrderNumbers:
    """Count the orders placed since then, in one grouped query; None: every merchant's.

    The time to accept begins when Stream has the order.
    """
    orders = ChannelOrder.objects.filter(placed_at__gte=since)
    if merchant is not None:
        orders = orders.filter(merchant=merchant)
    took = ExpressionWrapper(F("accepted_at") - F("sent_at"), DurationField())
    groups = orders.values_list("state", "failure_reason", _Seconds(took))
    numbers = OrderNumbers()
    for state, reason, seconds, count in groups.annotate(count=Count("*")).order_by():
        numbers.states[state] += count
        if state == State.FAILED:
            numbers.failures[reason] += count
        elif state == State.GIVEN_UP:
            numbers.failures[NO_ANSWER] += count
        if seconds is not None:
            numbers.seconds[max(0, seconds)] += count
    return numbers


def unknown_types(merchant: Merchant | None, since: datetime) -> list[tuple[str, int]]:
    """Return the types of Stream's events that we do not know, the most frequent ones first."""
    events = ReceivedEvent.objects.filter(
        received_at__gte=since, outcome=ReceivedEvent.Outcome.UNKNOWN_TYPE
    )
    if merchant is not None:
        events = events.filter(merchant=merchant)
    counted = events.values_list("event_type").annotate(count=Count("*"))
    return list(counted.order_by("-count", "event_type")[:_MOST_TYPES])


def percentile(counts: Counter[int], share: float) -> int | None:
    """Return the smallest value that the share (0.95) does not exceed; None without counts."""
    target, seen = share * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= target:
            return value
    return None


def selling_stores(merchant: Merchant | None) -> list[Store]:
    """Return the stores on the channel with their live menus, the oldest menu first."""
    stores = Store.objects.filter(archived_at=None, is_on=True)
    if merchant is not None:
        stores = stores.filter(merchant=merchant)
    by_age = F("live_menu__live_at").asc(nulls_first=True)
    return list(stores.select_related("live_menu", "merchant").order_by(by_age, "name")[:500])
