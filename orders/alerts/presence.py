"""Who looks at the board: which locations' boards were on a screen a moment ago."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from orders.models import BoardPresence, StaffCall

# A board asks every 1.5 seconds; a tablet that changes its network may miss some of them.
WATCHED_FOR = timedelta(seconds=30)
_WRITTEN_EVERY = timedelta(seconds=10)


def seen(location_ids: Iterable[int]) -> None:
    """A screen shows the board of these locations (primary keys) right now.

    For every poll of every screen: one small read, and a write every ten seconds. Ends the calls
    because nobody looks. The caller has asked whether the person may see the locations.
    """
    now = timezone.now()
    wanted = set(location_ids)
    fresh = BoardPresence.objects.filter(location__in=wanted, seen_at__gt=now - _WRITTEN_EVERY)
    stale = wanted - set(fresh.values_list("location_id", flat=True)) if wanted else set()
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


def watched(location_ids: Collection[int], *, since: datetime | None = None) -> set[int]:
    """Those of the locations that somebody looks at; with `since`, that somebody did since then."""
    since = since or timezone.now() - WATCHED_FOR
    looked = BoardPresence.objects.filter(location__in=location_ids, seen_at__gte=since)
    return set(looked.values_list("location_id", flat=True)) if location_ids else set()
