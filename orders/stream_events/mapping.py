"""Maps a location ID of Stream's to one of our locations, for past orders as well.

Orders move when the mapping changes, so that the wrong merchant no longer sees them. Some stay:
those for which Stream itself named our location, and those that are also an order of ours or had a
driver there, which proves where they belong.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import Location
from integration.models import User
from orders.models import (
    DriverAssignment,
    FollowedEvent,
    FollowedOrder,
    OrderEvent,
    StreamLocation,
)

_AT_ONCE = 500


def map_location(stream_location: StreamLocation, location: Location | None, by: User) -> int:
    """Map the ID to the location, or with None to none, and assign its past orders likewise.

    Return the number of orders that moved. Orders move in batches, each in a transaction; a mapping
    that changes meanwhile takes over.
    """
    with transaction.atomic():
        row = StreamLocation.objects.select_for_update().get(pk=stream_location.pk)
        row.location, row.mapped_at, row.mapped_by = location, timezone.now(), by
        row.save(update_fields=["location", "mapped_at", "mapped_by"])
    moved, after = 0, ""
    while True:
        count, after = _move_batch(row, location, by, after)
        moved += count
        if not after:
            return moved


@transaction.atomic
def _move_batch(
    mapping: StreamLocation, location: Location | None, by: User, after: str
) -> tuple[int, str]:
    """Move some orders with a greater ID; return how many, and the last ID, empty at the end."""
    # Confirmations that come now wait for this lock and then use the new mapping.
    row = StreamLocation.objects.select_for_update().get(pk=mapping.pk)
    if row.mapped_at != mapping.mapped_at:
        return 0, ""
    orders = _movable(row, location).filter(stream_order_id__gt=after)
    rows = orders.order_by("stream_order_id").values_list("pk", "stream_order_id")[:_AT_ONCE]
    found = list(rows.select_for_update(of=("self",)))
    now = timezone.now()
    FollowedOrder.objects.filter(pk__in=[key for key, _ in found]).update(
        location=location,
        merchant=location.merchant_id if location else None,
        updated_at=now,
    )
    what = "Assigned to a location" if location else "Location removed"
    FollowedEvent.objects.bulk_create(_entry(key, what, by) for key, _ in found)
    return len(found), found[-1][1] if len(found) == _AT_ONCE else ""


def _movable(row: StreamLocation, location: Location | None) -> "QuerySet[FollowedOrder]":
    driven = DriverAssignment.objects.filter(followed=OuterRef("pk"))
    orders = FollowedOrder.objects.filter(~Exists(driven), own_order=None)
    orders = orders.filter(stream_location_id=row.stream_id)
    named = Location.objects.filter(provider_id=OuterRef("reference_id"))
    orders = orders.filter(~Exists(named))
    if location is None:
        return orders.filter(location__isnull=False)
    return orders.exclude(location=location)


def _entry(key: UUID, what: str, by: User) -> FollowedEvent:
    # Without names of locations: after a wrong mapping, another merchant reads this.
    details = {"by": by.get_full_name() or str(by)}
    return FollowedEvent(followed_id=key, actor=OrderEvent.Actor.STAFF, what=what, details=details)
