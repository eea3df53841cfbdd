"""The outline of a catalog: its switched-off objects, and a hash of everything else (contract WH).

If two outlines differ in switched-off objects only, Stream need not pull the catalog: one event per
object is enough.
"""

import hashlib
from typing import Any, NamedTuple

import orjson

from catalog.menu.loader import Row

# As stored: {"menu": the ETag with everything on, "off": {object id: kind}}; {}: unknown.
Outline = dict[str, Any]

SWITCHABLE = ("item_family", "item", "modifier_group", "modifier")
# For a family without items, Stream also keeps an item named after it (contract WH).
TWIN = "twin"


class Flip(NamedTuple):
    """An object switched between two catalogs; `kind` may be TWIN."""

    object_id: str
    kind: str
    is_active: bool

    @property
    def object_type(self) -> str:
        return "item" if self.kind == TWIN else self.kind


def outline(catalog: Row, etag: str) -> Outline:
    """Return the outline of a rendered catalog with this ETag; switch everything in it on."""
    off: dict[str, str] = {}
    for kind in SWITCHABLE:
        for row in catalog[kind]:
            if not row["is_active"]:
                row["is_active"] = True
                off[row["provider_id"]] = kind
    if not off:
        return {"menu": etag, "off": {}}
    return {
        "menu": hashlib.sha256(orjson.dumps(catalog)).hexdigest(),
        "off": off | _twins(catalog, off),
    }


def _twins(catalog: Row, off: dict[str, str]) -> dict[str, str]:
    twins = {
        f"{row['provider_id']}_item": TWIN
        for row in catalog["item_family"]
        if row["provider_id"] in off and not row["item_ids"]
    }
    # An object that really has this ID is listed by itself.
    taken = {row["provider_id"] for kind in SWITCHABLE for row in catalog[kind]} if twins else set()
    return {twin: kind for twin, kind in twins.items() if twin not in taken}


def flips(before: Outline, after: Outline) -> list[Flip] | None:
    """Return the objects switched between the two, by ID; None if anything else differs."""
    if not before or not after or before["menu"] != after["menu"]:
        return None
    switched_off = after["off"].keys() - before["off"].keys()
    switched_on = before["off"].keys() - after["off"].keys()
    return sorted(
        [Flip(key, after["off"][key], is_active=False) for key in switched_off]
        + [Flip(key, before["off"][key], is_active=True) for key in switched_on]
    )


def apply_flip(current: Outline, flip: Flip) -> Outline:
    """Return the outline after the flip; the same object if nothing changes or it is unknown."""
    if not current or (flip.object_id not in current["off"]) == flip.is_active:
        return current
    off = {key: kind for key, kind in current["off"].items() if key != flip.object_id}
    return {**current, "off": off if flip.is_active else off | {flip.object_id: flip.kind}}
