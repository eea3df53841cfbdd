"""Orders that Stream confirmed in other POSs, by channel and location.

Their amounts are the ones Stream sent, and only those in the merchant's currency are added up.
"""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from .sales import LOST, Group, Tally, by_channel, by_location
from .scope import Scope


@dataclass
class OtherSales:
    """Tallies in total, by channel and by location (primary key)."""

    whole: Tally
    tax: int  # Of the orders sold, in the smallest unit of the merchant's currency.
    channels: dict[str, Tally]  # Under the most frequent spelling, largest first.
    locations: dict[int, Tally]


def count_other_sales(scope: Scope) -> OtherSales:
    """Count in one query; orders that are our own, too, are left out."""
    rows = scope.followed().values_list("source", "location", "currency").annotate(**_COUNTED)
    groups: list[Group] = []
    whole, taxes = Tally(), 0
    for source, location, code, sold, lost, *amounts in rows:
        is_ours = code.casefold() == scope.merchant.currency.casefold()
        subtotal, total, tax = amounts if is_ours else (0, 0, 0)
        row = (scope.merchant.currency, sold, lost, subtotal, total)
        whole.add(row)
        taxes += int(tax or 0)
        groups.append((source, location, *row))
    return OtherSales(whole, taxes, by_channel(groups), by_location(groups))


_IS_LOST = Q(status__in=LOST)
_COUNTED = {
    "sold": Count("pk", filter=~_IS_LOST),
    "lost": Count("pk", filter=_IS_LOST),
    "sold_subtotal": Sum("subtotal", filter=~_IS_LOST),
    "sold_total": Sum("total", filter=~_IS_LOST),
    "sold_tax": Sum("tax", filter=~_IS_LOST),
}
