"""The connection of locations to Stream (contract CON)."""

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog import history
from catalog.models import CatalogSnapshot, Location
from catalog.revisions.counter import revision_of
from integration import wakeups
from integration.clocks import heartbeat
from integration.models import Merchant
from integration.oauth import authorizations
from integration.webhooks import outbox


def is_connected(location: Location) -> bool:
    """Return True if connected, not archived, and the merchant's authorization is live.

    So the connection ends with the authorization, in the same instant, whatever the row says.
    """
    return (
        location.is_connected
        and location.archived_at is None
        and authorizations.is_live(location.merchant_id)
    )


def connected_among(location_ids: set[str]) -> set[str]:
    """Return those of the locations (provider_ids) that are connected, or were until archived.

    Stream must still hear that a location was archived, as its last event.
    """
    live = authorizations.live_merchant_ids()
    return set(
        Location.objects.filter(
            provider_id__in=location_ids,
            is_connected=True,
            merchant_id__in=live,
        ).values_list("provider_id", flat=True)
    )


def connect_merchant(merchant: Merchant) -> None:
    """Connect every location of the merchant after a new authorization."""
    connect(Location.objects.filter(merchant=merchant, archived_at=None))
    wakeups.on_commit("catalog.tasks.refresh", merchant.pk)


@transaction.atomic
def connect(locations: QuerySet[Location]) -> None:
    """Connect locations; Stream is taken to know the present catalog of each new one."""
    # Locks all, connected or not: disconnect_lapsed may be about to disconnect them.
    for location in locations.select_for_update():
        if not location.is_connected:
            location.is_connected = True
            location.save(update_fields=["is_connected"])
            _mark_catalog_as_known(location)


def _mark_catalog_as_known(location: Location) -> None:
    """Treat the present catalog as known to Stream.

    If it has yet to be built, its next build counts, unless it is edited before (catalog_updated).
    """
    CatalogSnapshot.objects.bulk_create(
        [CatalogSnapshot(merchant_id=location.merchant_id, location=location)],
        ignore_conflicts=True,
    )
    now, revision = timezone.now(), revision_of(location.merchant_id, location.pk)
    snapshot = CatalogSnapshot.objects.filter(location=location)
    # Forgets what Stream knew before, and events withdrawn since.
    snapshot.update(
        told_revision=revision,
        told_etag="",
        told_outline={},
        told_at=None,
        event_id=None,
        event_etag="",
        event_outline={},
        object_events=[],
    )
    snapshot.filter(Q(stale_at=None) | Q(stale_at__gt=now), revision=revision).update(
        told_revision=None, told_etag=F("etag"), told_outline=F("outline"), told_at=now
    )


def disconnect_lapsed() -> None:
    """Disconnect merchants whose authorization was revoked or expired; runs every second."""
    lapsed = Location.objects.filter(is_connected=True).exclude(
        merchant_id__in=authorizations.live_merchant_ids()
    )
    for merchant_id in set(lapsed.values_list("merchant_id", flat=True)):
        heartbeat.step()
        _disconnect_unless_live(merchant_id)


@transaction.atomic
def _disconnect_unless_live(merchant_id: int) -> None:
    authorizations.adopt(merchant_id)
    locations = Location.objects.filter(merchant_id=merchant_id)
    # Locked before the check: a new authorization is seen here, or waits and reconnects.
    list(locations.select_for_update())
    if not authorizations.is_live(merchant_id):
        disconnect(locations)


@transaction.atomic
def disconnect(locations: QuerySet[Location]) -> None:
    """Send no more events for these locations until they are connected again."""
    ending = list(locations.filter(is_connected=True))
    Location.objects.filter(pk__in=[location.pk for location in ending]).update(is_connected=False)
    history.record_update(ending, is_connected=False)
    outbox.withdraw_all(location.provider_id for location in ending)


def disconnect_merchant(merchant: Merchant) -> None:
    """End the merchant's authorization and disconnect all its locations."""
    with transaction.atomic():
        authorizations.revoke_all(merchant.pk)
        disconnect(Location.objects.filter(merchant=merchant))
