"""The shared form of a model's row, which is held from the comparison to the save."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, router, transaction

from .form import SharedForm
from .partial_save import save_only


class RowMoved(IntegrityError):
    """Somebody changed a row between its reading and its locking: begin the request again."""


class SharedModelForm(SharedForm):
    """Save only the changed fields of an existing row."""

    instance: Any
    gone_key = ""  # The key that the page sent for a row which was removed.

    @property
    def row_name(self) -> str:
        key = self.gone_key or ("" if self.instance._state.adding else self.instance.pk)
        return f"{self.instance._meta.label}:{key}" if key else ""

    def stored_value(self, name: str) -> Any:
        try:
            column = self.instance._meta.get_field(name)
        except FieldDoesNotExist:
            return super().stored_value(name)
        is_column = column.concrete and not column.many_to_many
        return getattr(self.instance, name) if is_column else super().stored_value(name)

    def full_clean(self) -> None:
        read = dict(self.instance.__dict__)  # Cleaning writes the new values into the instance.
        super().full_clean()
        if self.is_bound and not (self._errors or self.is_gone or self.instance._state.adding):
            self._hold(read)

    def _hold(self, read: dict[str, Any]) -> None:
        """Lock the row until the save, if it still is as it was read and compared."""
        changed = self.fields_to_save() if self.changed_data else set()
        columns = [
            column.attname
            for column in self.instance._meta.concrete_fields
            if column.name in changed and column.attname in read
        ]
        connection = transaction.get_connection(router.db_for_write(type(self.instance)))
        # SQLite has no row locks: its transaction has held the whole database since it began.
        is_able = connection.in_atomic_block and connection.features.has_select_for_update
        if not (columns and is_able):
            return
        rows = type(self.instance)._base_manager.select_for_update(no_key=True)
        if rows.filter(pk=self.instance.pk).values_list(*columns).first() != tuple(
            read[name] for name in columns
        ):
            raise RowMoved

    def save(self, commit: bool = True) -> Any:
        if not commit or self.instance._state.adding or self.errors:
            return super().save(commit)  # type: ignore[misc]  # A mixin.
        save_only(self.instance, self.fields_to_save())
        self._save_m2m()  # type: ignore[attr-defined]  # private
        return self.instance
