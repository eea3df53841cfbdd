"""Events about a changed catalog, and the record of what Stream was told (contract CAT, WH).

An event is owed when the catalog differs from the last one that Stream heard of or pulled: one per
object if only availability differs, otherwise one about the catalog. A change that is undone before
its event is sent withdraws the event; a further change before then needs no second one.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.locations import connection
from catalog.models import CatalogSnapshot, Location
from integration import wakeups
from integration.clocks import heartbeat
from integration.webhooks import outbox

from . import fingerprint, object_updated

EVENT_TYPE = "location.catalog.updated"
# A short wait, so that changes made in one go become one event.
QUIET = timedelta(seconds=0.5)


def announce(snapshot: CatalogSnapshot, location: Location) -> None:
    """Emit or withdraw events as needed; the caller has locked the snapshot and saves it later."""
    _record_sent(snapshot)
    if snapshot.told_revision is not None:
        _treat_as_told(snapshot)
    if not connection.is_connected(location):
        return
    flips = _flips(snapshot)
    if flips == []:
        snapshot.told_etag = snapshot.etag
        _withdraw(snapshot)
        object_updated.withdraw_unsent(snapshot)
    elif snapshot.event_id is not None:
        _extend_waiting(snapshot, snapshot.event_id)
    elif flips is not None and object_updated.are_few(flips):
        object_updated.emit_flips(snapshot, location, flips)
    else:
        # This event covers the switched objects, too.
        object_updated.withdraw_unsent(snapshot)
        _emit(snapshot, location)


def _flips(snapshot: CatalogSnapshot) -> list[fingerprint.Flip] | None:
    """Return the switched objects since Stream was told; None if it must pull the catalog."""
    if snapshot.told_etag == snapshot.etag:
        return []
    flips = fingerprint.flips(snapshot.told_outline, snapshot.outline)
    # The same outline with another ETag: the bytes differ in something that no outline covers.
    return None if flips == [] and snapshot.told_etag else flips


def _emit(snapshot: CatalogSnapshot, location: Location) -> None:
    event = outbox.emit(
        merchant_id=snapshot.merchant_id,
        location_id=location.provider_id,
        event_type=EVENT_TYPE,
        ordering_key=_key(location),
        due_in=QUIET,
    )
    snapshot.event_id = event.pk
    snapshot.event_etag = snapshot.etag
    snapshot.event_outline = snapshot.outline


def _extend_waiting(snapshot: CatalogSnapshot, event_id: int) -> None:
    """Let the waiting event cover the newer change, too."""
    if snapshot.event_etag != snapshot.etag:
        snapshot.event_etag = snapshot.etag
        snapshot.event_outline = snapshot.outline
        outbox.renew(event_id)


def _key(location: Location) -> str:
    return f"{location.provider_id}/catalog"


def settle_on_commit(merchant_id: int) -> None:
    """Run `settle` after the current transaction."""
    wakeups.on_commit("catalog.tasks.settle", merchant_id)


def settle(merchant_id: int) -> None:
    """Withdraw events that a pull made superfluous, and record those that ended."""
    superfluous = Q(event_id__isnull=False, etag=F("told_etag"))
    snapshots = CatalogSnapshot.objects.filter(
        superfluous | ~Q(object_events=[]), merchant_id=merchant_id
    )
    for location_id in list(
        snapshots.order_by("location_id").values_list("location_id", flat=True)
    ):
        _settle(location_id)


@transaction.atomic
def _settle(location_id: int) -> None:
    # Locked in the same order as by a build.
    location = Location.objects.select_for_update(no_key=True).get(pk=location_id)
    rows = CatalogSnapshot.objects.select_for_update()
    snapshot = rows.get(location=location)
    announce(snapshot, location)
    snapshot.save()


def settle_due() -> None:
    """Settle merchants whose wake-up was lost; run every second."""
    pulled = CatalogSnapshot.objects.filter(event_id__isnull=False, etag=F("told_etag"))
    due = set(pulled.values_list("merchant_id", flat=True)) | object_updated.merchants_to_settle()
    for merchant_id in due:
        heartbeat.step()
        settle(merchant_id)


def _record_sent(snapshot: CatalogSnapshot) -> None:
    """Record what Stream was told by events that no longer wait."""
    if snapshot.event_id is not None and not outbox.is_waiting(snapshot.event_id):
        _record_catalog_sent(snapshot, snapshot.event_id)
    object_updated.record_sent(snapshot)


def _record_catalog_sent(snapshot: CatalogSnapshot, event_id: int) -> None:
    sent_at = outbox.last_sent_at(event_id)
    if sent_at is not None and (snapshot.told_at is None or sent_at > snapshot.told_at):
        snapshot.told_etag = snapshot.event_etag
        snapshot.told_outline = snapshot.event_outline
        snapshot.told_at = sent_at
    _clear_event(snapshot)


def _treat_as_told(snapshot: CatalogSnapshot) -> None:
    """Treat the catalog at the time of connecting as told (contract CON)."""
    if snapshot.told_revision == snapshot.revision:
        snapshot.told_etag = snapshot.etag
        snapshot.told_outline = snapshot.outline
        snapshot.told_at = timezone.now()
    snapshot.told_revision = None


def _withdraw(snapshot: CatalogSnapshot) -> None:
    if snapshot.event_id is not None and outbox.withdraw(snapshot.event_id):
        _clear_event(snapshot)


def _clear_event(snapshot: CatalogSnapshot) -> None:
    snapshot.event_id = None
    snapshot.event_etag = ""
    snapshot.event_outline = {}
