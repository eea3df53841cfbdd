"""The comparison of what Stream gets with what it was last told, and the pending events."""

import gzip
from datetime import datetime, timedelta
from typing import Any

from catalog.events import fingerprint
from catalog.events.fingerprint import Outline
from catalog.locations import connection
from catalog.models import (
    CatalogSnapshot,
    Category,
    Item,
    ItemFamily,
    Location,
    Menu,
    Modifier,
    ModifierGroup,
    Tax,
)
from catalog.snapshots import body_store
from integration.models import OutboundEvent

from .diff import KIND_NAMES, Difference, find_differences
from .parser import Catalog

_MOST_SHOWN = 50
_MOST_EVENTS = 20
# An edit is built and sent as an event shortly after it is saved.
_BUILD_DELAY = timedelta(minutes=1)
_EDITED = (Menu, Category, ItemFamily, Item, ModifierGroup, Modifier, Tax)

SAME = "This is exactly what Stream was last told."
UNKNOWN = "It is unknown which menu Stream holds."
NEVER = "Stream has never read this menu."
SWITCHED = "Only availability differs from what Stream was last told."
OTHER = "More than availability differs from what Stream was last told."


def comparison(
    snapshot: CatalogSnapshot, location: Location, catalog: Catalog, currency_code: str
) -> dict[str, Any]:
    """Return the template context for a location's catalog; a handful of queries."""
    # Pulls do not load these.
    snapshot.refresh_from_db(fields=["outline", "told_outline", "told_at"])
    told_outline, outline = snapshot.told_outline, snapshot.outline
    flips = [] if snapshot.told_etag == snapshot.etag else fingerprint.flips(told_outline, outline)
    verdict, color = _verdict(snapshot, told_outline, flips)
    page: dict[str, Any] = {"says": verdict, "color": color, "is_exact": True, "hidden": 0}
    if verdict == OTHER:
        page |= _differences(snapshot, catalog, told_outline, outline, currency_code)
    else:
        page["differences"] = _switches(catalog, flips or [])
    shown = page["differences"][:_MOST_SHOWN]
    return page | {
        "differences": shown,
        "hidden": len(page["differences"]) - len(shown),
        "is_connected": connection.is_connected(location),
        "events": _pending_events(snapshot),
    }


def _verdict(
    snapshot: CatalogSnapshot, told_outline: Outline, flips: list[fingerprint.Flip] | None
) -> tuple[str, str]:
    if snapshot.told_etag == snapshot.etag or (flips == [] and not snapshot.told_etag):
        return SAME, "success"
    if not told_outline and not snapshot.told_etag:
        return (UNKNOWN if snapshot.told_at else NEVER), "warning"
    return (SWITCHED if flips else OTHER), "warning"


def _switches(catalog: Catalog, flips: list[fingerprint.Flip]) -> list[Difference]:
    """Return the availability changes; drop the item Stream keeps for a family without sizes.

    That twin is listed only if its family is not.
    """
    ids = {flip.object_id for flip in flips}
    return [
        _switch(catalog, flip)
        for flip in flips
        if flip.kind != fingerprint.TWIN or _family_of(flip) not in ids
    ]


def _switch(catalog: Catalog, flip: fingerprint.Flip) -> Difference:
    sentence = "switched on" if flip.is_active else "switched off"
    if flip.kind == fingerprint.TWIN:
        return Difference("Item at Stream", catalog.named(_family_of(flip)), sentence)
    return Difference(KIND_NAMES[flip.kind], catalog.named(flip.object_id), sentence)


def _family_of(twin: fingerprint.Flip) -> str:
    return twin.object_id.removesuffix("_item")


def _differences(
    snapshot: CatalogSnapshot,
    catalog: Catalog,
    told_outline: Outline,
    outline: Outline,
    currency_code: str,
) -> dict[str, Any]:
    """Return the exact differences if the body Stream was told of is kept, or the certain ones."""
    before = body_store.find(snapshot.merchant_id, snapshot.told_etag)
    if before is not None:
        return {
            "differences": find_differences(
                Catalog(gzip.decompress(before)), catalog, currency_code
            )
        }
    switches: list[Difference] = []
    if told_outline and outline:
        flips = fingerprint.flips({**told_outline, "menu": outline["menu"]}, outline) or []
        by_kind = catalog.by_kind
        switches = _switches(
            catalog, [flip for flip in flips if flip.object_id in by_kind.get(flip.kind, {})]
        )
    return {
        "differences": switches + _edited_since(snapshot),
        "is_exact": False,
    }


def content_of(snapshot: CatalogSnapshot) -> bytes:
    """Return a snapshot's JSON exactly as Stream gets it."""
    return gzip.decompress(bytes(snapshot.content))  # type: ignore[attr-defined]  # Annotated there.


def _edited_since(snapshot: CatalogSnapshot) -> list[Difference]:
    if snapshot.told_at is None:
        return []
    since = snapshot.told_at - _BUILD_DELAY
    return [
        difference
        for model in _EDITED
        for difference in _edited(model, snapshot.merchant_id, since)
    ]


def _edited(model: Any, merchant_id: int, since: datetime) -> list[Difference]:
    rows = model.objects.filter(merchant_id=merchant_id, updated_at__gte=since)
    recent = rows.order_by("-updated_at").values_list("name", "archived_at")
    return [
        Difference(KIND_NAMES[model.kind], name, "archived" if archived_at else "edited since")
        for name, archived_at in recent[: _MOST_SHOWN + 1]
    ]


def _pending_events(snapshot: CatalogSnapshot) -> list[OutboundEvent]:
    keys = [entry["event"] for entry in snapshot.object_events]
    if snapshot.event_id is not None:
        keys.append(snapshot.event_id)
    events = OutboundEvent.objects.filter(pk__in=keys, state=OutboundEvent.State.WAITING)
    return list(events.order_by("pk").defer("body")[:_MOST_EVENTS])
