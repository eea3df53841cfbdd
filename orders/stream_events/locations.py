"""Which of our locations an event is about, by Stream's ID and by ours (contract EV).

`reference_id` is the ID of a location of ours, or the ID at Stream is mapped to one, by our own
staff or by an earlier event that named ours. Otherwise the order is kept without a location, and
only our own staff see it. No event moves an order from one location to another.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.models import Location
from integration.db import bulk
from orders.models import FollowedOrder, StreamLocation

from .reader import Event

_AT_ONCE = 500
_MOST_PLACES = 50


class Place(NamedTuple):
    """A location of ours and its merchant, by primary keys."""

    location_id: int
    merchant_id: int


class Places:
    """The places of a batch of events."""

    def __init__(self, named: dict[str, Place], mapped: dict[str, Place]) -> None:
        self._named, self._mapped = named, mapped

    def of(self, event: Event) -> Place | None:
        """Return where the event belongs; None if nobody knows."""
        return self._named.get(event.reference_id) or self._mapped.get(event.location_id)


def resolve(events: Sequence[Event], now: datetime) -> Places:
    """Find the places of these events and remember what they tell: four statements at most."""
    references = {event.reference_id for event in events if event.reference_id}
    rows = Location.objects.filter(provider_id__in=references)
    named = {
        provider_id: Place(key, merchant_id)
        for provider_id, key, merchant_id in rows.values_list("provider_id", "pk", "merchant_id")
    }
    known = _locked({event.location_id for event in events})
    mapped = {
        row.stream_id: Place(row.location_id, row.location.merchant_id)
        for row in known.values()
        if row.location_id is not None and row.location is not None
    }
    last_named = {event.location_id: event.reference_id for event in events}
    last_named |= {event.location_id: event.reference_id for event in events if event.reference_id}
    _remember(known, last_named, named, now)
    return Places(named, _learned(known, last_named, named, mapped))


def _locked(stream_ids: Iterable[str]) -> dict[str, StreamLocation]:
    """Return the rows by Stream's ID, locked because staff may be mapping them."""
    rows = StreamLocation.objects.filter(stream_id__in=set(stream_ids)).order_by("stream_id")
    locked = rows.select_related("location").select_for_update(of=("self",))
    return {row.stream_id: row for row in locked}


def _learned(
    known: dict[str, StreamLocation],
    last_named: dict[str, str],
    named: dict[str, Place],
    mapped: dict[str, Place],
) -> dict[str, Place]:
    """Return the mapping with what this batch adds to it; staff's own mapping stays."""
    learned = {
        stream_id: named[reference_id]
        for stream_id, reference_id in last_named.items()
        if reference_id in named and not _is_staffs(known.get(stream_id))
    }
    return mapped | learned


def _is_staffs(row: StreamLocation | None) -> bool:
    return row is not None and row.location_id is not None and row.mapped_by_id is not None


def _remember(
    known: dict[str, StreamLocation],
    last_named: dict[str, str],
    named: dict[str, Place],
    now: datetime,
) -> None:
    """Store new IDs and what Stream last named for them, in two statements at most."""
    new, changed = [], []
    for stream_id, reference_id in last_named.items():
        row, place = known.get(stream_id), named.get(reference_id)
        values: dict[str, Any] = {
            "reference_id": reference_id or (row.reference_id if row else ""),
            "location_id": row.location_id if row else None,
            "mapped_at": row.mapped_at if row else None,
            "mapped_by_id": row.mapped_by_id if row else None,
        }
        if place is not None and not _is_staffs(row) and place.location_id != values["location_id"]:
            values |= {"location_id": place.location_id, "mapped_at": now, "mapped_by_id": None}
        if row is None:
            new.append({"stream_id": stream_id, "first_seen_at": now, **values})
        elif any(getattr(row, name) != value for name, value in values.items()):
            changed.append({"id": row.pk, **values})
    bulk.insert(StreamLocation, new)
    bulk.update(StreamLocation, changed)


def assign_past() -> int:
    """Give the orders of mapped locations that came before the mapping their place.

    Some hundred of each mapped location in one run; returns how many, so call it until it is zero.
    """
    past = FollowedOrder.objects.filter(location=None, stream_location_id=OuterRef("stream_id"))
    mapped = StreamLocation.objects.filter(Exists(past), location__isnull=False)
    rows = mapped.values_list("stream_id", "location_id", "location__merchant_id")[:_MOST_PLACES]
    return sum(_assign(stream_id, Place(*place)) for stream_id, *place in rows)


@transaction.atomic
def _assign(stream_id: str, place: Place) -> int:
    past = FollowedOrder.objects.filter(location=None, stream_location_id=stream_id)
    locked = past.select_for_update(skip_locked=True).order_by("-confirmed_at")
    keys = list(locked.values_list("pk", flat=True)[:_AT_ONCE])
    return FollowedOrder.objects.filter(pk__in=keys).update(
        location_id=place.location_id, merchant_id=place.merchant_id, updated_at=timezone.now()
    )
