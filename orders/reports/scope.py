"""The orders and deliveries that a report counts, selected by location, channel and days.

A day runs from midnight to midnight in each location's own time zone. So orders of several time
zones are counted zone by zone, and lunch is at noon everywhere.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from catalog.models import Location
from integration.models import Merchant
from orders.models import REFUSALS, DriverAssignment, FollowedOrder, InboundEvent, Order

_Counted = TypeVar("_Counted", bound=Model)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Zone:
    """The locations of one time zone, and their days as the instants `since` and `before`."""

    zone: ZoneInfo
    locations: list[int]
    since: datetime
    before: datetime

    @property
    def counted_in(self) -> tzinfo:
        """UTC where both have the same full hours (the database is faster in it), else the zone."""
        offsets = [
            at.astimezone(self.zone).utcoffset() or _HOUR for at in (self.since, self.before)
        ]
        return UTC if all(not offset % _HOUR for offset in offsets) else self.zone


@dataclass(frozen=True)
class Scope:
    """The counted locations, days (`last` included) and channel."""

    merchant: Merchant
    locations: Sequence[Location]
    first: date
    last: date
    channel: str = ""  # Empty: all.
    is_whole: bool = False  # The locations are all of the merchant's.

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def zones(self) -> list[Zone]:
        by_name: dict[str, list[int]] = defaultdict(list)
        for location in self.locations:
            by_name[location.timezone].append(location.pk)
        return [self._zone(name, keys) for name, keys in sorted(by_name.items())]

    def _zone(self, name: str, keys: list[int]) -> Zone:
        zone = ZoneInfo(name)
        since = datetime.combine(self.first, time(), zone).astimezone(UTC)
        before = datetime.combine(self.last + timedelta(days=1), time(), zone).astimezone(UTC)
        return Zone(zone, keys, since, before)

    def orders(self, only: "Sequence[Zone] | None" = None) -> "QuerySet[Order]":
        """Select the orders received in these days, in all zones or in `only` some."""
        orders = Order.objects.filter(merchant=self.merchant)
        if self.channel:
            orders = orders.filter(source__iexact=self.channel)
        return self._in_days(orders, "created_at", self.zones if only is None else only)

    def followed(self) -> "QuerySet[FollowedOrder]":
        """Select the orders in other POSs that were confirmed in these days.

        One that is an order of ours, too, is counted as that.
        """
        orders = FollowedOrder.objects.filter(merchant=self.merchant, own_order=None)
        if self.channel:
            orders = orders.filter(source__iexact=self.channel)
        return self._in_days(orders, "confirmed_at", self.zones)

    def assignments(self) -> "QuerySet[DriverAssignment]":
        """Select the deliveries that our drivers got in these days and that stayed theirs.

        A followed order that turned out to be an order of ours may have been assigned as both:
        then our own order's counts.
        """
        rows = DriverAssignment.objects.filter(merchant=self.merchant, replaced_at=None)
        if self.channel:
            of_channel = Q(order__source__iexact=self.channel)
            rows = rows.filter(of_channel | Q(followed__source__iexact=self.channel))
        as_own = DriverAssignment.objects.filter(
            order__followed=OuterRef("followed"), replaced_at=None
        )
        rows = rows.exclude(Exists(as_own))
        return self._in_days(rows, "assigned_at", self.zones)

    def _in_days(
        self, rows: "QuerySet[_Counted]", field: str, zones: Sequence[Zone]
    ) -> "QuerySet[_Counted]":
        """Select the merchant's rows with this field in the days of these zones."""
        rows = rows.order_by()
        if not zones:
            return rows.none()
        since, before = f"{field}__gte", f"{field}__lt"
        span = {
            since: min(zone.since for zone in zones),
            before: max(zone.before for zone in zones),
        }
        if self.is_whole and len(self.zones) == 1:
            return rows.filter(**span)  # No need to filter by location.
        in_zones = Q()
        for zone in zones:
            in_zones |= Q(location__in=zone.locations, **{since: zone.since, before: zone.before})
        return rows.filter(in_zones, **span)

    def refusals(self) -> "QuerySet[InboundEvent]":
        """Select the events refused in these days, by the location that they named.

        Events that named none of the merchant's locations count only when all are selected.
        """
        zones = self.zones
        events = InboundEvent.objects.filter(merchant=self.merchant).order_by()
        events = events.filter(outcome__in=REFUSALS)
        if self.channel:
            events = events.filter(source__iexact=self.channel)
        if not zones:
            return events.none()
        span = Q(
            received_at__gte=min(zone.since for zone in zones),
            received_at__lt=max(zone.before for zone in zones),
        )
        if self.is_whole:
            return events.filter(span)
        provider_ids = [location.provider_id for location in self.locations]
        return events.filter(span, location_named__in=provider_ids)
