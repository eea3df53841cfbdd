"""Large deletions and updates in batches, each within the time limit of a statement."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet

_SIZE = 1000


def _nothing() -> None:
    """Do nothing between two batches."""


def each(
    rows: "QuerySet[Any]", *, size: int = _SIZE, step: Callable[[], object] = _nothing
) -> Iterator["QuerySet[Any]"]:
    """Yield these rows a batch at a time; the caller makes each batch cease to match.

    The condition is checked again in the caller's statement. `step` is called before each batch.
    """
    while keys := list(rows.values_list("pk", flat=True)[:size]):
        step()
        yield rows.filter(pk__in=keys)


def delete(
    rows: "QuerySet[Any]", *, size: int = _SIZE, step: Callable[[], object] = _nothing
) -> int:
    """Delete these rows with what belongs to them; return their number."""
    return sum(
        batch.delete()[1].get(rows.model._meta.label, 0)
        for batch in each(rows, size=size, step=step)
    )
