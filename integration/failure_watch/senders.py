"""The addresses from which authentic events came."""

from datetime import timedelta

from django.utils import timezone

from integration.models import EventSender

KEPT = timedelta(days=30)
_RENEWED_AFTER = timedelta(hours=1)


def remember(addresses: set[str]) -> set[str]:
    """Note that these sent authentic events; return all that did within thirty days."""
    now = timezone.now()
    senders = EventSender.objects.filter(last_at__gt=now - KEPT)
    seen = dict(senders.values_list("address", "last_at"))
    old = now - _RENEWED_AFTER
    # In one order, so that two processes never wait for each other.
    due = sorted(address for address in addresses if seen.get(address, old) <= old)
    if due:
        EventSender.objects.bulk_create(
            [EventSender(address=address, last_at=now) for address in due],
            update_conflicts=True,
            unique_fields=["address"],
            update_fields=["last_at"],
        )
    return addresses | seen.keys()
