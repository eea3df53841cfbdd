"""What Stream was told of a catalog, and when it must be told again (contract CAT).

An event is owed when the catalog differs from what Stream last heard or saw. A change that is
undone before its event left takes the event back; one that is added to it makes no second one.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integration import outbox, wake

from . import connection
from .models import CatalogSnapshot, Location

# A moment's wait: what a person changes in one go becomes one event.
QUIET = timedelta(seconds=0.5)


def announce(snapshot: CatalogSnapshot, location: Location) -> None:
    """Decides about the event; the snapshot is locked, and saved by the caller afterwards."""
    _note_what_left(snapshot)
    if snapshot.told_revision is not None:
        _count_as_told(snapshot)
    if not connection.is_connected(location):
        return
    if snapshot.etag == snapshot.told_etag:
        _take_back(snapshot)
    elif snapshot.event_id is None:
        event = outbox.emit(
            merchant_id=snapshot.merchant_id,
            location_id=location.provider_id,
            event_type="location.catalog.updated",
            ordering_key=_key(location),
            due_in=QUIET,
        )
        snapshot.event_id = event.pk
        snapshot.event_etag = snapshot.etag
    elif snapshot.event_etag != snapshot.etag:
        snapshot.event_etag = snapshot.etag  # The waiting event stands for this, too.
        outbox.renew(snapshot.event_id)


def _key(location: Location) -> str:
    return f"{location.provider_id}/catalog"


def settle_soon(merchant_id: int) -> None:
    """Has `settle` run after the present transaction."""
    wake.on_commit("catalog.tasks.settle", merchant_id)


@transaction.atomic
def settle(merchant_id: int) -> None:
    """Takes back events that a pull has made needless."""
    waiting = CatalogSnapshot.objects.filter(merchant_id=merchant_id, event_id__isnull=False)
    for snapshot in waiting.defer("body").select_for_update():
        _note_what_left(snapshot)
        if snapshot.etag == snapshot.told_etag:
            _take_back(snapshot)
        snapshot.save(update_fields=["event_id", "event_etag", "told_etag", "told_at"])


def settle_pulled() -> None:
    """What `settle` was not woken for; run every second."""
    pulled = CatalogSnapshot.objects.filter(event_id__isnull=False, etag=F("told_etag"))
    for merchant_id in set(pulled.values_list("merchant_id", flat=True)):
        settle(merchant_id)


def _note_what_left(snapshot: CatalogSnapshot) -> None:
    """When the event is no longer waiting, Stream has heard of what it stood for."""
    if snapshot.event_id is None or outbox.is_waiting(snapshot.event_id):
        return
    left_at = outbox.last_left_at(snapshot.event_id)
    if left_at is not None and (snapshot.told_at is None or left_at > snapshot.told_at):
        snapshot.told_etag = snapshot.event_etag
        snapshot.told_at = left_at
    snapshot.event_id = None
    snapshot.event_etag = ""


def _count_as_told(snapshot: CatalogSnapshot) -> None:
    """At connecting, the present catalog counts as told (contract CON)."""
    if snapshot.told_revision == snapshot.revision:
        snapshot.told_etag = snapshot.etag
        snapshot.told_at = timezone.now()
    snapshot.told_revision = None


def _take_back(snapshot: CatalogSnapshot) -> None:
    if snapshot.event_id is not None and outbox.withdraw(snapshot.event_id):
        snapshot.event_id = None
        snapshot.event_etag = ""
