"""Events about the availability of single objects (contract WH).

Unlike other catalog events they carry a state: one that arrives late would put Stream wrong. So
each is kept in mind (`CatalogSnapshot.object_events`) until it is over, whatever Stream pulled
meanwhile, and what it said then counts as the last that Stream heard of the object. What was given
up leaves unknown what Stream holds, and an event about the whole catalog makes up for it.
"""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson

from catalog.models import CatalogSnapshot, Location
from integration.models import OutboundEvent
from integration.webhooks import outbox

from . import fingerprint
from .fingerprint import Flip

Ending = OutboundEvent.Ending
EVENT_TYPE = "location.catalog.object.updated"
# A moment's wait: a switch that is pressed twice is no change.
QUIET = timedelta(seconds=0.2)
# When more objects are switched at once, one word about the whole catalog is cheaper for all.
MOST_OBJECTS = 20
_GIVEN_UP = {Ending.REFUSED, Ending.TRIED_OUT, Ending.EXPIRED, Ending.STOPPED}
_KEY_LENGTH = 200


def are_few(flips: Iterable[Flip]) -> bool:
    return sum(flip.kind != fingerprint.TWIN for flip in flips) <= MOST_OBJECTS


def note_what_left(snapshot: CatalogSnapshot) -> None:
    """What may have reached Stream after it last heard of the whole catalog counts as told."""
    if not snapshot.object_events:
        return
    progress = outbox.progress([entry["event"] for entry in snapshot.object_events])
    for entry in snapshot.object_events:
        ending, heard_at = progress[entry["event"]]
        if heard_at is None:
            continue
        if ending and snapshot.told_at is not None and heard_at < snapshot.told_at:
            continue  # Stream has heard of the whole catalog since.
        if ending in _GIVEN_UP:
            snapshot.told_etag, snapshot.told_outline = "", {}
        else:
            _hear(snapshot, _flip_of(entry))
    snapshot.object_events = [
        entry for entry in snapshot.object_events if not progress[entry["event"]].is_over
    ]


def tell(snapshot: CatalogSnapshot, location: Location, flips: list[Flip]) -> None:
    """Has exactly these flips waiting, each in its own ordering key: none waits for another."""
    wanted = set(flips)
    progress = outbox.progress([entry["event"] for entry in snapshot.object_events])
    kept, waiting = [], set()
    for entry in snapshot.object_events:
        flip, may_be_heard = _flip_of(entry), progress[entry["event"]].heard_at is not None
        if not may_be_heard and flip not in wanted and outbox.withdraw_unsent(entry["event"]):
            continue
        kept.append(entry)
        if not may_be_heard:
            waiting.add(flip)
    snapshot.object_events = kept + [
        _entry(_emit(snapshot, location, flip), flip) for flip in flips if flip not in waiting
    ]


def take_back(snapshot: CatalogSnapshot) -> None:
    """Those that have not left; the others are still kept in mind."""
    snapshot.object_events = [
        entry for entry in snapshot.object_events if not outbox.withdraw_unsent(entry["event"])
    ]


def may_be_sent_again(event: OutboundEvent) -> bool:
    """Only what is still so; from then on the event is kept in mind again.

    To be called in the transaction that sends it again.
    """
    said = orjson.loads(event.body)["object"]
    snapshots = CatalogSnapshot.objects.select_for_update(of=("self",))
    snapshot = snapshots.filter(location__provider_id=said["location_id"]).first()
    if snapshot is None or not snapshot.outline:
        return False
    object_id, is_active = said["object_id"], said["object_update"]["is_active"]
    if (object_id not in snapshot.outline["off"]) != is_active:
        return False
    if all(entry["event"] != event.pk for entry in snapshot.object_events):
        flip = Flip(object_id, said["object_type"], is_active)
        snapshot.object_events = [*snapshot.object_events, _entry(event, flip)]
        snapshot.save(update_fields=["object_events"])
    return True


def merchants_to_settle() -> set[int]:
    """Whose object events are over, and not yet noted.

    What staff stopped stays stopped until the next change.
    """
    tracked = CatalogSnapshot.objects.exclude(object_events=[])
    owners = {
        entry["event"]: merchant_id
        for merchant_id, entries in tracked.values_list("merchant_id", "object_events")
        for entry in entries
    }
    progress = outbox.progress(owners)
    still = ("", Ending.STOPPED)
    return {owner for event, owner in owners.items() if progress[event].ending not in still}


def _hear(snapshot: CatalogSnapshot, flip: Flip) -> None:
    told = fingerprint.flipped(snapshot.told_outline, flip)
    if told is not snapshot.told_outline:
        snapshot.told_outline = told
        snapshot.told_etag = ""  # Stream holds what no catalog ever was, or an older one.


def _emit(snapshot: CatalogSnapshot, location: Location, flip: Flip) -> OutboundEvent:
    return outbox.emit(
        merchant_id=snapshot.merchant_id,
        location_id=location.provider_id,
        event_type=EVENT_TYPE,
        ordering_key=_key(location, flip.object_id),
        data={
            "object_id": flip.object_id,
            "object_type": flip.object_type,
            "object_update": {"is_active": flip.is_active},
        },
        due_in=QUIET,
        replaces_waiting=True,
    )


def _key(location: Location, object_id: str) -> str:
    key = f"{location.provider_id}/object/{object_id}"
    if len(key) <= _KEY_LENGTH:
        return key
    return f"{location.provider_id}/object/{sha256(object_id.encode()).hexdigest()}"


def _entry(event: OutboundEvent, flip: Flip) -> dict[str, Any]:
    return {"event": event.pk, **flip._asdict()}


def _flip_of(entry: dict[str, Any]) -> Flip:
    return Flip(entry["object_id"], entry["kind"], entry["is_active"])
