"""Saves what a person changed, and leaves alone what orders and others change meanwhile."""

from collections.abc import Collection
from typing import Any

from django.db import DatabaseError, IntegrityError

from .week import WEEK_FIELDS


def changed_fields(form: Any) -> set[str]:
    """What the person changed, and the week if that was on one of its days."""
    changed = set(form.changed_data)
    if changed & set(WEEK_FIELDS):
        changed.add(form.week_name)
    return changed


def save_only(obj: Any, names: Collection[str]) -> None:
    """Saves these of its fields, and when that was; the names of other things do not matter."""
    columns = obj._meta.concrete_fields
    wanted = [one.name for one in columns if one.name in names or getattr(one, "auto_now", False)]
    try:
        obj.save(update_fields=wanted)
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        # Django's own: there is nothing to update. The page answers as to every such conflict.
        raise IntegrityError(f"{obj!r} was removed meanwhile.") from error
