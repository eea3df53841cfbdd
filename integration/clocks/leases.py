"""The election: of all processes, the one that holds the lease runs the round.

Everything is compared with the database's clock, so a process whose own clock is wrong takes
nothing from another and loses nothing to it.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Case, F, Q, When
from django.db.models.functions import Now

from integration.models import RoundRecord

HOLDER = uuid.uuid4()  # This process.
SECONDS = 6.0


def renew(
    names: Collection[str], *, beating: Collection[str] = (), holder: uuid.UUID = HOLDER
) -> int:
    """Take or renew the leases that no other process holds, and record the beats.

    It is one statement, because every process sends it all the time. Return the number of rows.
    """
    leased, beats = Q(pk__in=list(names)), Q(pk__in=list(beating))
    free = Q(holder=holder) | Q(leased_until=None) | Q(leased_until__lte=Now())
    records = RoundRecord.objects.filter(leased & free | beats & ~leased)
    return records.update(
        holder=Case(When(leased, then=holder), default=F("holder")),
        leased_until=Case(
            When(leased, then=Now() + timedelta(seconds=SECONDS)), default=F("leased_until")
        ),
        last_beat_at=Case(When(beats, then=Now()), default=F("last_beat_at")),
    )


def held(names: Collection[str], *, holder: uuid.UUID = HOLDER) -> set[str]:
    """Return those of the rounds whose lease this process holds."""
    records = RoundRecord.objects.filter(pk__in=list(names), holder=holder)
    return set(records.filter(leased_until__gt=Now()).values_list("pk", flat=True))


def is_any_free(names: Collection[str]) -> bool:
    """Tell whether a lease of these has ended, without making a writer wait."""
    records = RoundRecord.objects.filter(pk__in=list(names))
    return records.filter(Q(leased_until=None) | Q(leased_until__lte=Now())).exists()


def create(names: Collection[str]) -> bool:
    """Add the rows that are missing; return whether any was."""
    missing = set(names) - set(RoundRecord.objects.values_list("pk", flat=True))
    if missing:
        rows = [RoundRecord(name=name) for name in sorted(missing)]
        RoundRecord.objects.bulk_create(rows, ignore_conflicts=True)
    return bool(missing)


def release(name: str, *, holder: uuid.UUID = HOLDER) -> None:
    """Let another process take over at once."""
    RoundRecord.objects.filter(pk=name, holder=holder).update(leased_until=None)
