"""Record in the change history what bulk writes change, in their transaction.

`save` and `delete` record themselves (models.history.Recorded). Stock taken by orders is not
recorded here: it is in the order's own history.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from integration.db import bulk

from .models import ObjectChange
from .models.history import Recorded, Values, change_context, describe_change, describe_removal

_BATCH_SIZE = 5_000


class ObjectEntry(NamedTuple):
    """One change of an object; `changes` are rows of label, type, before, after."""

    action: str
    kind: str
    object_id: int
    name: str
    changes: list[list[Any]]


def record_update(rows: Iterable[Recorded], **values: Any) -> None:
    """Record that the rows, as read before the update, got these values."""
    changes = []
    for row in rows:
        before = dict(row.__dict__)
        for name, value in values.items():
            setattr(row, name, value)
        changes.append(describe_change(row, before, set(values)))
    _write(changes)


def record_replacement(rows: Iterable[tuple[Recorded, Any]], name: str) -> None:
    """Record that the rows, as read after the update, had the other value in this field before."""
    _write([describe_change(row, {**row.__dict__, name: old}, {name}) for row, old in rows])


def record_rows(*, gone: Iterable[Recorded] = (), made: Iterable[Recorded] = ()) -> None:
    """Record rows that were deleted and created."""
    _write(
        [
            *(describe_removal(row) for row in gone),
            *(describe_change(row, {}, adding=True) for row in made),
        ]
    )


def record_objects(merchant_id: int, changes: Iterable[ObjectEntry]) -> None:
    """Record changes of objects that were written without reading them, as an import does."""
    same = {"merchant_id": merchant_id, "row": "", "target_kind": "", "target_id": None}
    rows = (change._asdict() | same | {"location_id": None} for change in changes)
    while batch := list(islice(rows, _BATCH_SIZE)):
        _write(batch)


def _write(changes: Iterable[Values | None]) -> None:
    same = change_context()
    bulk.insert(ObjectChange, [{**change, **same} for change in changes if change is not None])
