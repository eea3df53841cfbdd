"""Drafts of in-store orders, kept in the person's session, one for each location.

A draft is not an order yet and may be lost; everything that must last is written when it is placed.
Nothing in it is trusted: prices come from the catalog, and placing it validates it like any order.
"""

import uuid
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, field
from typing import Any

from catalog.models import Location

MAX_LINES = 100
MAX_QUANTITY = 999


@dataclass
class ChosenModifier:
    """A modifier chosen in a group, with what is chosen below it."""

    group: str
    id: str
    quantity: int = 1
    below: "list[ChosenModifier]" = field(default_factory=list)


@dataclass
class DraftLine:
    """A line of the cart; `item` is the size, empty for a family without sizes."""

    key: str
    family: str
    name: str
    item: str = ""
    quantity: int = 1
    note: str = ""
    below: list[ChosenModifier] = field(default_factory=list)


@dataclass
class Draft:
    """A cart with its checkout details. `key` is the idempotency key for placing it."""

    key: str
    lines: list[DraftLine] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)

    def line(self, key: str) -> DraftLine | None:
        return next((line for line in self.lines if line.key == key), None)

    def put(self, line: DraftLine) -> bool:
        """Add the line or replace the one with its key; False when the cart is full."""
        for index, known in enumerate(self.lines):
            if known.key == line.key:
                self.lines[index] = line
                return True
        if len(self.lines) >= MAX_LINES:
            return False
        self.lines.append(line)
        return True

    def remove(self, key: str) -> None:
        self.lines = [line for line in self.lines if line.key != key]


Session = MutableMapping[str, Any]


def open_draft(session: Session, location: Location) -> Draft:
    """Return the person's draft at the location, or a new one."""
    stored = session.get(_session_key(location))
    if not isinstance(stored, dict):
        return Draft(key=new_key())
    lines = [DraftLine(**{**line, "below": _chosen(line["below"])}) for line in stored["lines"]]
    return Draft(key=stored["key"], lines=lines, details=stored["details"])


def save_draft(session: Session, location: Location, draft: Draft) -> None:
    session[_session_key(location)] = asdict(draft)


def discard_draft(session: Session, location: Location) -> None:
    session.pop(_session_key(location), None)


def new_key() -> str:
    return str(uuid.uuid4())


def _session_key(location: Location) -> str:
    return f"in_store_order_{location.pk}"


def _chosen(rows: list[dict[str, Any]]) -> list[ChosenModifier]:
    return [ChosenModifier(**{**row, "below": _chosen(row["below"])}) for row in rows]
