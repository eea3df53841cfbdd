"""The election: of all processes, the one that holds the lease runs the round.

Everything is compared with the database's clock, so a process whose own clock is wrong takes
nothing from another and loses nothing to it.
"""

import uuid
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from integration.models import RoundRecord

HOLDER = uuid.uuid4()  # This process.


def take(name: str, seconds: float, *, holder: uuid.UUID = HOLDER) -> bool:
    """Take the lease, or renew it; return False while another process holds it."""
    until = Now() + timedelta(seconds=seconds)
    free = Q(holder=holder) | Q(leased_until=None) | Q(leased_until__lte=Now())
    record = RoundRecord.objects.filter(free, pk=name)
    if record.update(holder=holder, leased_until=until):
        return True
    if RoundRecord.objects.filter(pk=name).exists():
        return False
    RoundRecord.objects.bulk_create([RoundRecord(name=name)], ignore_conflicts=True)
    return bool(record.update(holder=holder, leased_until=until))


def release(name: str, *, holder: uuid.UUID = HOLDER) -> None:
    """Let another process take over at once."""
    RoundRecord.objects.filter(pk=name, holder=holder).update(leased_until=None)


def beat(name: str) -> None:
    """Record that the round runs."""
    if not RoundRecord.objects.filter(pk=name).update(last_beat_at=Now()):
        RoundRecord.objects.bulk_create(
            [RoundRecord(name=name, last_beat_at=Now())], ignore_conflicts=True
        )
