"""The order that a person is putting together: in their session, one for each location.

It is no order yet and may be lost; what must not be lost is written when it is placed. Nothing in
it is believed: prices come from the catalog when it is shown, and the judge looks at it at the end.
"""

import uuid
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, field
from typing import Any

from catalog.models import Location

MOST_LINES = 100
MOST_OF_ONE = 999


@dataclass
class Chosen:
    """A modifier that was chosen in a group, with what was chosen below it."""

    group: str
    id: str
    quantity: int = 1
    below: "list[Chosen]" = field(default_factory=list)


@dataclass
class DraftLine:
    """A dish as staff chose it; `item` is its size, empty for a family without sizes."""

    key: str
    family: str
    name: str
    item: str = ""
    quantity: int = 1
    note: str = ""
    below: list[Chosen] = field(default_factory=list)


@dataclass
class Draft:
    """`key` makes the order one order, however often its form is sent."""

    key: str
    lines: list[DraftLine] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)

    def line(self, key: str) -> DraftLine | None:
        return next((line for line in self.lines if line.key == key), None)

    def put(self, line: DraftLine) -> bool:
        """Adds the line, or replaces the one with its key; False when there are too many."""
        for place, known in enumerate(self.lines):
            if known.key == line.key:
                self.lines[place] = line
                return True
        if len(self.lines) >= MOST_LINES:
            return False
        self.lines.append(line)
        return True

    def remove(self, key: str) -> None:
        self.lines = [line for line in self.lines if line.key != key]


Session = MutableMapping[str, Any]


def open_draft(session: Session, location: Location) -> Draft:
    """The person's draft there, or a new one."""
    kept = session.get(_name(location))
    if not isinstance(kept, dict):
        return Draft(key=new_key())
    lines = [DraftLine(**{**line, "below": _chosen(line["below"])}) for line in kept["lines"]]
    return Draft(key=kept["key"], lines=lines, details=kept["details"])


def keep(session: Session, location: Location, draft: Draft) -> None:
    session[_name(location)] = asdict(draft)


def forget(session: Session, location: Location) -> None:
    session.pop(_name(location), None)


def new_key() -> str:
    return str(uuid.uuid4())


def _name(location: Location) -> str:
    return f"in_store_order_{location.pk}"


def _chosen(rows: list[dict[str, Any]]) -> list[Chosen]:
    return [Chosen(**{**row, "below": _chosen(row["below"])}) for row in rows]
