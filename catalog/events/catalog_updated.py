"""What Stream was told of a catalog, and when it must be told again (contract CAT, WH).

An event is owed when the catalog differs from what Stream last heard or saw: a word about each
object when only availability differs, otherwise one about the catalog. A change that is undone
before its event left takes the event back; one that is added to it makes no second one.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.locations import connection
from catalog.models import CatalogSnapshot, Location
from integration import wakeups
from integration.webhooks import outbox

from . import fingerprint, object_updated

EVENT_TYPE = "location.catalog.updated"
# A moment's wait: what a person changes in one go becomes one event.
QUIET = timedelta(seconds=0.5)


def announce(snapshot: CatalogSnapshot, location: Location) -> None:
    """Decides about the events; the snapshot is locked, and saved by the caller afterwards."""
    _note_what_left(snapshot)
    if snapshot.told_revision is not None:
        _count_as_told(snapshot)
    if not connection.is_connected(location):
        return
    flips = _flips(snapshot)
    if flips == []:
        snapshot.told_etag = snapshot.etag
        _take_back(snapshot)
        object_updated.take_back(snapshot)
    elif snapshot.event_id is not None:
        _stand_for_this(snapshot, snapshot.event_id)
    elif flips is not None and object_updated.are_few(flips):
        object_updated.tell(snapshot, location, flips)
    else:
        # Of what was switched, too, this event tells.
        object_updated.take_back(snapshot)
        _tell(snapshot, location)


def _flips(snapshot: CatalogSnapshot) -> list[fingerprint.Flip] | None:
    """What was switched since Stream was told; None when it must pull to know what differs."""
    if snapshot.told_etag == snapshot.etag:
        return []
    flips = fingerprint.flips(snapshot.told_outline, snapshot.outline)
    # The same outline with another ETag: the bytes differ in something that no outline knows of.
    return None if flips == [] and snapshot.told_etag else flips


def _tell(snapshot: CatalogSnapshot, location: Location) -> None:
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


def _stand_for_this(snapshot: CatalogSnapshot, event_id: int) -> None:
    """The waiting event stands for what came after it, too."""
    if snapshot.event_etag != snapshot.etag:
        snapshot.event_etag = snapshot.etag
        snapshot.event_outline = snapshot.outline
        outbox.renew(event_id)


def _key(location: Location) -> str:
    return f"{location.provider_id}/catalog"


def settle_soon(merchant_id: int) -> None:
    """Has `settle` run after the present transaction."""
    wakeups.on_commit("catalog.tasks.settle", merchant_id)


def settle(merchant_id: int) -> None:
    """Takes back events that a pull has made needless, and notes which are over."""
    needless = Q(event_id__isnull=False, etag=F("told_etag"))
    told = CatalogSnapshot.objects.filter(needless | ~Q(object_events=[]), merchant_id=merchant_id)
    for location_id in list(told.order_by("location_id").values_list("location_id", flat=True)):
        _settle(location_id)


@transaction.atomic
def _settle(location_id: int) -> None:
    # In the order in which a build locks them.
    location = Location.objects.select_for_update(no_key=True).get(pk=location_id)
    rows = CatalogSnapshot.objects.select_for_update()
    snapshot = rows.get(location=location)
    announce(snapshot, location)
    snapshot.save()


def settle_due() -> None:
    """What `settle` was not woken for; run every second."""
    pulled = CatalogSnapshot.objects.filter(event_id__isnull=False, etag=F("told_etag"))
    due = set(pulled.values_list("merchant_id", flat=True)) | object_updated.merchants_to_settle()
    for merchant_id in due:
        settle(merchant_id)


def _note_what_left(snapshot: CatalogSnapshot) -> None:
    """When an event is no longer waiting, Stream has heard of what it stood for."""
    if snapshot.event_id is not None and not outbox.is_waiting(snapshot.event_id):
        _note_that_it_left(snapshot, snapshot.event_id)
    object_updated.note_what_left(snapshot)


def _note_that_it_left(snapshot: CatalogSnapshot, event_id: int) -> None:
    left_at = outbox.last_left_at(event_id)
    if left_at is not None and (snapshot.told_at is None or left_at > snapshot.told_at):
        snapshot.told_etag = snapshot.event_etag
        snapshot.told_outline = snapshot.event_outline
        snapshot.told_at = left_at
    _forget(snapshot)


def _count_as_told(snapshot: CatalogSnapshot) -> None:
    """At connecting, the present catalog counts as told (contract CON)."""
    if snapshot.told_revision == snapshot.revision:
        snapshot.told_etag = snapshot.etag
        snapshot.told_outline = snapshot.outline
        snapshot.told_at = timezone.now()
    snapshot.told_revision = None


def _take_back(snapshot: CatalogSnapshot) -> None:
    if snapshot.event_id is not None and outbox.withdraw(snapshot.event_id):
        _forget(snapshot)


def _forget(snapshot: CatalogSnapshot) -> None:
    snapshot.event_id = None
    snapshot.event_etag = ""
    snapshot.event_outline = {}
