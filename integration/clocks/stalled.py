"""The rounds that stand still, by the database's clock."""

from datetime import timedelta

from django.db.models.functions import Now

from integration.models import RoundRecord

from . import registry

AFTER = timedelta(seconds=10)


def names() -> list[str]:
    """Return the watched rounds without a beat for ten seconds, or ever, in one small query."""
    watched = [one.name for one in registry.all_rounds() if one.is_watched]
    alive = RoundRecord.objects.filter(pk__in=watched, last_beat_at__gt=Now() - AFTER)
    beating = set(alive.values_list("pk", flat=True))
    return sorted(name for name in watched if name not in beating)
