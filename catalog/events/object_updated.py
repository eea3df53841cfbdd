"""Events about the availability of single objects (contract WH).

Unlike other catalog events they carry a state, so a late one would leave Stream with a wrong state.
Each is therefore tracked (`CatalogSnapshot.object_events`) until it ends, whatever Stream pulls
meanwhile; its state then counts as the last that Stream heard of the object. After one is given up,
Stream's state is unknown, and an event about the whole catalog follows.
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
# A short wait: a switch that is pressed twice is no change.
QUIET = timedelta(seconds=0.2)
# Beyond this, one event about the whole catalog is cheaper for both sides.
MAX_OBJECTS = 20
_GIVEN_UP = {Ending.REFUSED, Ending.TRIED_OUT, Ending.EXPIRED, Ending.STOPPED}
_KEY_LENGTH = 200


def are_few(flips: Iterable[Flip]) -> bool:
    """Return True if one event per object is cheaper than a pull; twins do not count."""
    return sum(flip.kind != fingerprint.TWIN for flip in flips) <= MAX_OBJECTS


def record_sent(snapshot: CatalogSnapshot) -> None:
    """Record the states that may have reached Stream since it last heard of the whole catalog."""
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
            _record_heard(snapshot, _flip_of(entry))
    snapshot.object_events = [
        entry for entry in snapshot.object_events if not progress[entry["event"]].is_over
    ]


def emit_flips(snapshot: CatalogSnapshot, location: Location, flips: list[Flip]) -> None:
    """Make exactly these flips wait, each with its own ordering key so that none blocks another."""
    current = set(flips)
    progress = outbox.progress([entry["event"] for entry in snapshot.object_events])
    kept, waiting = [], set()
    for entry in snapshot.object_events:
        flip, may_be_heard = _flip_of(entry), progress[entry["event"]].heard_at is not None
        if not may_be_heard and flip not in current and outbox.withdraw_unsent(entry["event"]):
            continue
        kept.append(entry)
        if not may_be_heard:
            waiting.add(flip)
    snapshot.object_events = kept + [
        _entry(_emit(snapshot, location, flip), flip) for flip in flips if flip not in waiting
    ]


def withdraw_unsent(snapshot: CatalogSnapshot) -> None:
    """Withdraw the events that were never sent; the others stay tracked."""
    snapshot.object_events = [
        entry for entry in snapshot.object_events if not outbox.withdraw_unsent(entry["event"])
    ]


def is_still_true(event: OutboundEvent) -> bool:
    """Return True if the event still reports the current state, and track it again.

    Call it in the transaction that sends the event again.
    """
    content = orjson.loads(event.body)["object"]
    snapshots = CatalogSnapshot.objects.select_for_update(of=("self",))
    snapshot = snapshots.filter(location__provider_id=content["location_id"]).first()
    if snapshot is None or not snapshot.outline:
        return False
    object_id, is_active = content["object_id"], content["object_update"]["is_active"]
    if (object_id not in snapshot.outline["off"]) != is_active:
        return False
    if all(entry["event"] != event.pk for entry in snapshot.object_events):
        flip = Flip(object_id, content["object_type"], is_active)
        snapshot.object_events = [*snapshot.object_events, _entry(event, flip)]
        snapshot.save(update_fields=["object_events"])
    return True


def merchants_to_settle() -> set[int]:
    """Return the merchants with object events that ended and are not recorded yet.

    Those stopped by staff stay so until the next change.
    """
    tracked = CatalogSnapshot.objects.exclude(object_events=[])
    owners = {
        entry["event"]: merchant_id
        for merchant_id, entries in tracked.values_list("merchant_id", "object_events")
        for entry in entries
    }
    progress = outbox.progress(owners)
    not_due = ("", Ending.STOPPED)
    return {owner for event, owner in owners.items() if progress[event].ending not in not_due}


def _record_heard(snapshot: CatalogSnapshot, flip: Flip) -> None:
    heard_outline = fingerprint.apply_flip(snapshot.told_outline, flip)
    if heard_outline is not snapshot.told_outline:
        snapshot.told_outline = heard_outline
        snapshot.told_etag = ""  # Stream holds an older catalog, or one that never existed.


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
