"""Notes in the history what bulk writes change, in their transaction.

What goes through `save` and `delete` notes itself (models.history.Recorded). Not noted: stock that
orders take, which the order's own history has.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from integration.db import bulk

from .models import ObjectChange
from .models.history import Recorded, Values, changed, removed, stamp

_AT_ONCE = 5_000


class Noted(NamedTuple):
    """One change of an object; `changes` are rows of label, type, before, after."""

    action: str
    kind: str
    object_id: int
    name: str
    changes: list[list[Any]]


def note_update(rows: Iterable[Recorded], **values: Any) -> None:
    """The rows, as they were read before, got these values."""
    changes = []
    for row in rows:
        before = dict(row.__dict__)
        for name, value in values.items():
            setattr(row, name, value)
        changes.append(changed(row, before, set(values)))
    _write(changes)


def note_exchange(rows: Iterable[tuple[Recorded, Any]], name: str) -> None:
    """The rows, as they were read afterwards, had the other value in this field before."""
    _write([changed(row, {**row.__dict__, name: old}, {name}) for row, old in rows])


def note_rows(*, gone: Iterable[Recorded] = (), made: Iterable[Recorded] = ()) -> None:
    _write([*(removed(row) for row in gone), *(changed(row, {}, adding=True) for row in made)])


def note_objects(merchant_id: int, changes: Iterable[Noted]) -> None:
    """Of objects that were written without reading them, such as by an import."""
    same = {"merchant_id": merchant_id, "row": "", "target_kind": "", "target_id": None}
    rows = (one._asdict() | same | {"location_id": None} for one in changes)
    while some := list(islice(rows, _AT_ONCE)):
        _write(some)


def _write(changes: Iterable[Values | None]) -> None:
    same = stamp()
    bulk.insert(ObjectChange, [{**one, **same} for one in changes if one is not None])
