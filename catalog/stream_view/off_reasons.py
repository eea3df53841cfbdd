"""The reason an object is off at a location, and until when; a catalog says only that it is off."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from catalog import models
from catalog.models import Location
from integration.db import database_time
from integration.models import Merchant

_TABLES: dict[str, tuple[Any, Any]] = {
    "item_family": (models.ItemFamily, models.FamilyAtLocation),
    "item": (models.Item, models.ItemAtLocation),
    "modifier_group": (models.ModifierGroup, models.GroupAtLocation),
    "modifier": (models.Modifier, models.ModifierAtLocation),
}
EVERYWHERE = "Off everywhere"
SOLD_OUT = "Sold out"
OFF_WHEN_BUILT = "Off when this was built"


def reasons(
    merchant: Merchant, location: Location | None, off: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return the reasons in words by kind and ID; at most two queries per kind."""
    ids_by_kind: dict[str, set[str]] = {}
    for kind, object_id in off:
        ids_by_kind.setdefault(kind, set()).add(object_id)
    reasons_by_object: dict[tuple[str, str], str] = {}
    for kind, ids in ids_by_kind.items():
        reasons_by_object |= {
            (kind, object_id): reason
            for object_id, reason in _reasons_of_kind(kind, merchant, location, ids).items()
        }
    return reasons_by_object


def _reasons_of_kind(
    kind: str, merchant: Merchant, location: Location | None, ids: set[str]
) -> dict[str, str]:
    model, at_location = _TABLES[kind]
    reasons = dict.fromkeys(ids, OFF_WHEN_BUILT if location else "Off at every location")
    if location is not None:
        reasons |= _reasons_at(at_location, location, ids)
    off = model.objects.filter(merchant=merchant, provider_id__in=ids, is_active=False)
    return reasons | dict.fromkeys(off.values_list("provider_id", flat=True), EVERYWHERE)


def _reasons_at(at_location: Any, location: Location, ids: set[str]) -> dict[str, str]:
    rows = at_location.objects.filter(location=location, object__provider_id__in=ids)
    now = database_time.now()
    pairs = ((row.object.provider_id, row) for row in rows.select_related("object"))
    return {key: reason for key, row in pairs if (reason := _reason(row, location, now))}


def _reason(row: Any, location: Location, now: datetime) -> str:
    if not row.is_active:
        until = row.inactive_until
        if until is None:
            return "Off here until switched on"
        if until > now:
            return f"Off here until {location.local(until):%d %b %Y, %H:%M}"
    return SOLD_OUT if getattr(row, "stock_count", None) == 0 else ""
