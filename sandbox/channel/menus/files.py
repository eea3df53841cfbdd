"""Make menu files from the catalogs of POS locations (DSP-LOOP)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.channel.records import V1, Edition, Store
from sandbox.state import State
from sandbox.stream.kinds import encoded
from sandbox.stream.menu import ids
from sandbox.stream.pulls import Pulls
from sandbox.wire.findings import is_whole, rows

from .flat import FlatMenu
from .nested import nested_menu
from .stream_ids import StreamIds, only_item_of

SAMPLE = Path(__file__).parent / "sample_catalog.json"
DEFAULT_MINUTES = 15
Catalog = Mapping[str, Any]


class MenuFiles:
    """Files of linked stores from their location, of others from a sample catalog."""

    def __init__(self, pos: State, pulls: Pulls, stream_ids: StreamIds, channel: str) -> None:
        self._pos = pos
        self._pulls = pulls
        self._stream_ids = stream_ids
        self._channel = channel

    def content(self, store: Store, edition: Edition, version: str) -> bytes:
        """Return a file of this version, or the edition's own; the catalog is pulled for it."""
        if edition.file is not None:
            return edition.file
        if store.is_linked:
            self._pulls.catalog(store.pos_merchant_id, store.location_id)
        catalog = self._catalog(store)
        menu = FlatMenu(
            catalog,
            lambda kind, key: self._stream_ids.assign(store.location_id, kind, key),
            self._channel,
            families_switch=version == V1,
        )
        flat = menu.build(
            prep_time_minutes=edition.prep_time_minutes or self._minutes(store),
            holidays=list(edition.holidays) or list(catalog.get("holidays", [])),
        )
        return encoded(nested_menu(flat, menu.families_off()) if version == V1 else flat)

    def concerned(
        self, store: Store, kind: str, provider_id: str, switched: Mapping[str, bool]
    ) -> Iterator[tuple[tuple[str, str], bool]]:
        """Yield kind, stream_id and availability of what a switched object concerns.

        Version 2 has the switch of a family in its items.
        """
        objects = {(kind, provider_id): switched[provider_id]}
        if store.version != V1 and kind != "modifier":
            objects |= _items_of(self._catalog(store), kind, provider_id, switched)
        for (named, key), is_on in objects.items():
            yield (named, self._stream_ids.assign(store.location_id, named, key)), is_on

    def _catalog(self, store: Store) -> Catalog:
        """Return the catalog as it was last pulled."""
        if store.is_linked:
            return self._pulls.last_catalog(store.pos_merchant_id, store.location_id).content
        sample: Catalog = json.loads(SAMPLE.read_text(encoding="utf-8"))
        return sample

    def _minutes(self, store: Store) -> int:
        if not store.is_linked:
            return store.prep_time_minutes
        for location in self._pos.connection(store.pos_merchant_id).locations:
            minutes = location.get("prep_time_minutes")
            if location.get("provider_id") == store.location_id and is_whole(minutes):
                return minutes
        return DEFAULT_MINUTES


def _items_of(
    catalog: Catalog, kind: str, provider_id: str, switched: Mapping[str, bool]
) -> dict[tuple[str, str], bool]:
    """Return the items of the switched family, or the switched item, with its family's switch."""

    def is_on(row: Mapping[str, Any]) -> bool:
        return switched.get(str(row.get("provider_id")), row.get("is_active") is not False)

    items = {str(row.get("provider_id")): row for row in rows(catalog.get("item"))}
    concerned: dict[tuple[str, str], bool] = {}
    for family in rows(catalog.get("item_family")):
        family_id = str(family.get("provider_id"))
        own = ids(family, "item_ids") or [only_item_of(family_id)]
        if provider_id not in ([family_id] if kind == "item_family" else own):
            continue
        for key in own if kind == "item_family" else [provider_id]:
            is_item_on = is_on(items[key]) if key in items else switched.get(key, True)
            concerned["item", key] = is_on(family) and is_item_on
    return concerned
