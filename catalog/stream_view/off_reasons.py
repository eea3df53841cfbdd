"""Why something is off at a place, and until when; a catalog only says that it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog import models
from catalog.models import Location
from integration.models import Merchant

_TABLES: dict[str, tuple[Any, Any]] = {
    "item_family": (models.ItemFamily, models.FamilyAtLocation),
    "item": (models.Item, models.ItemAtLocation),
    "modifier_group": (models.ModifierGroup, models.GroupAtLocation),
    "modifier": (models.Modifier, models.ModifierAtLocation),
}
EVERYWHERE = "Off everywhere"
SOLD_OUT = "Sold out"
MEANWHILE = "Off when this was built"


def reasons(
    merchant: Merchant, location: Location | None, off: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """By kind and id, in words; at most two queries a kind."""
    wanted: dict[str, set[str]] = {}
    for kind, object_id in off:
        wanted.setdefault(kind, set()).add(object_id)
    found: dict[tuple[str, str], str] = {}
    for kind, ids in wanted.items():
        found |= {(kind, one): why for one, why in _of_kind(kind, merchant, location, ids).items()}
    return found


def _of_kind(
    kind: str, merchant: Merchant, location: Location | None, ids: set[str]
) -> dict[str, str]:
    model, at_location = _TABLES[kind]
    why = dict.fromkeys(ids, MEANWHILE if location else "Off at every location")
    if location is not None:
        why |= _here(at_location, location, ids)
    off = model.objects.filter(merchant=merchant, provider_id__in=ids, is_active=False)
    return why | dict.fromkeys(off.values_list("provider_id", flat=True), EVERYWHERE)


def _here(at_location: Any, location: Location, ids: set[str]) -> dict[str, str]:
    rows = at_location.objects.filter(location=location, object__provider_id__in=ids)
    now = timezone.now()
    found = ((one.object.provider_id, one) for one in rows.select_related("object"))
    return {key: why for key, one in found if (why := _why(one, location, now))}


def _why(row: Any, location: Location, now: datetime) -> str:
    if not row.is_active:
        until = row.inactive_until
        if until is None:
            return "Off here until somebody switches it on"
        if until > now:
            return f"Off here until {location.local(until):%d %b %Y, %H:%M}"
    return SOLD_OUT if getattr(row, "stock_count", None) == 0 else ""
