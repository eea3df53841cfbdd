"""A catalog told apart: what is switched off, and everything else (contract WH).

When two outlines differ in what is off only, Stream need not pull: a word about each object does.
"""

import hashlib
from typing import Any, NamedTuple

import orjson

from catalog.menu.loader import Row

# As stored: {"menu": the ETag if everything were on, "off": {object id: kind}}; {}: not known.
Outline = dict[str, Any]

SWITCHED = ("item_family", "item", "modifier_group", "modifier")
# Of a family without items, Stream also keeps an item named after it (contract WH).
TWIN = "twin"


class Flip(NamedTuple):
    """An object that is on in one catalog and off in another; `kind` may be TWIN."""

    object_id: str
    kind: str
    is_active: bool

    @property
    def object_type(self) -> str:
        return "item" if self.kind == TWIN else self.kind


def outline(catalog: Row, etag: str) -> Outline:
    """The outline of a rendered catalog whose ETag is known. Switches everything in it on."""
    off: dict[str, str] = {}
    for kind in SWITCHED:
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
    # An object that really has this ID speaks for itself.
    taken = {row["provider_id"] for kind in SWITCHED for row in catalog[kind]} if twins else set()
    return {twin: kind for twin, kind in twins.items() if twin not in taken}


def flips(before: Outline, after: Outline) -> list[Flip] | None:
    """What was switched between the two, by object ID; None when anything else differs, too."""
    if not before or not after or before["menu"] != after["menu"]:
        return None
    gone_off = after["off"].keys() - before["off"].keys()
    come_on = before["off"].keys() - after["off"].keys()
    return sorted(
        [Flip(one, after["off"][one], is_active=False) for one in gone_off]
        + [Flip(one, before["off"][one], is_active=True) for one in come_on]
    )


def flipped(told: Outline, flip: Flip) -> Outline:
    """The outline after the flip; the same object when it says so already, or is not known."""
    if not told or (flip.object_id not in told["off"]) == flip.is_active:
        return told
    off = {one: kind for one, kind in told["off"].items() if one != flip.object_id}
    return {**told, "off": off if flip.is_active else off | {flip.object_id: flip.kind}}
