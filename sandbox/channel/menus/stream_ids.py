"""Stream's ids of menu objects: its own, and the same for the same object (DSP-LOOP)."""

from __future__ import annotations

import threading
import uuid

_NAMESPACE = uuid.UUID("5b0c7a55-6f4f-4d35-9a0e-6c5d0a3f6b11")
_PREFIXES = {
    "menu": "men",
    "category": "cat",
    "item_family": "fam",
    "item": "var",
    "modifier_group": "grp",
    "modifier": "mod",
    "tax": "tax",
}


class StreamIds:
    """The ids of each place, in both directions; they are the same after a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, tuple[str, str]]] = {}

    def assign(self, place: str, kind: str, provider_id: str) -> str:
        """Return the stream_id of a POS's object and remember it."""
        stream_id = _stream_id(place, kind, provider_id)
        with self._lock:
            self._known.setdefault(place, {})[stream_id] = (kind, provider_id)
        return stream_id

    def provider_id(self, place: str, stream_id: str, kind: str) -> str | None:
        """Return the POS's id; None if the id is unknown or another kind's."""
        with self._lock:
            known = self._known.get(place, {}).get(stream_id)
        return known[1] if known is not None and known[0] == kind else None

    def find(self, place: str, kind: str, provider_id: str) -> str | None:
        """Return the stream_id of a published object, also of the item that a family stands for."""
        wanted = [(kind, provider_id)]
        if kind == "item":
            wanted.append((kind, only_item_of(provider_id)))
        with self._lock:
            known = self._known.get(place, {})
            found = (_stream_id(place, *names) for names in wanted if names[0] in _PREFIXES)
            return next((stream_id for stream_id in found if stream_id in known), None)

    def as_json(self, place: str) -> list[dict[str, str]]:
        with self._lock:
            known = list(self._known.get(place, {}).items())
        return [
            {"stream_id": stream_id, "kind": kind, "provider_id": provider_id}
            for stream_id, (kind, provider_id) in known
        ]


def only_item_of(family_id: str) -> str:
    """Return the POS's id of the item that stands for a family without items."""
    return f"{family_id}_item"


def _stream_id(place: str, kind: str, provider_id: str) -> str:
    number = uuid.uuid5(_NAMESPACE, f"{place}\n{kind}\n{provider_id}").hex
    return f"st-{_PREFIXES[kind]}-{number[:20]}"
