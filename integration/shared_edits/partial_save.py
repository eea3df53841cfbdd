"""Save only the fields a user changed, so that concurrent changes to others survive."""

from collections.abc import Collection
from typing import Any

from django.db import DatabaseError, IntegrityError


def save_only(obj: Any, names: Collection[str]) -> None:
    """Save those of the names that are fields of the object, and its auto_now fields.

    Raise IntegrityError if the object was removed meanwhile.
    """
    columns = obj._meta.concrete_fields
    update_fields = [
        column.name
        for column in columns
        if column.name in names or getattr(column, "auto_now", False)
    ]
    try:
        obj.save(update_fields=update_fields)
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        # Django found no row to update. The page reports IntegrityError like any other conflict.
        raise IntegrityError(f"{obj!r} was removed meanwhile.") from error
