"""Presence at the board: the locations whose boards were on a screen a moment ago."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from integration.db import database_time
from orders.models import BoardPresence, StaffCall

# A board polls every 1.5 seconds; a tablet that changes networks may miss some polls.
WATCHED_FOR = timedelta(seconds=30)
_WRITTEN_EVERY = timedelta(seconds=10)


def record(location_ids: Iterable[int]) -> None:
    """Record that a screen shows the board of these locations (primary keys) now.

    Called for every poll of every screen: one small read, and a write every ten seconds. Ends the
    alerts about unwatched boards. The caller checks that the user may see the locations.
    """
    now = database_time.now()
    shown = set(location_ids)
    fresh = BoardPresence.objects.filter(location__in=shown, seen_at__gt=now - _WRITTEN_EVERY)
    stale = shown - set(fresh.values_list("location_id", flat=True)) if shown else set()
    if not stale:
        return
    BoardPresence.objects.bulk_create(
        [BoardPresence(location_id=key, seen_at=now) for key in sorted(stale)],
        update_conflicts=True,
        unique_fields=["location"],
        update_fields=["seen_at"],
    )
    unwatched = StaffCall.objects.filter(reason=StaffCall.Reason.UNWATCHED, ended_at=None)
    unwatched.filter(location__in=stale).update(ended_at=now)


def watched_among(location_ids: Collection[int], *, since: datetime | None = None) -> set[int]:
    """Return those of the locations that are being watched, or were at any time since `since`."""
    since = since or database_time.now() - WATCHED_FOR
    presences = BoardPresence.objects.filter(location__in=location_ids, seen_at__gte=since)
    return set(presences.values_list("location_id", flat=True)) if location_ids else set()
