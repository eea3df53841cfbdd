"""The change history of menus and locations: who changed what, when, and how."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from integration import actor

# Fields that mean nothing to people, or never change.
_UNRECORDED = {"id", "merchant", "provider_id", "created_at", "updated_at"}
# Fields that a new row's name already shows, or that mean nothing yet.
_IMPLIED_BY_NAME = {"name", "position", "family", "dsp", "url"}
Values = dict[str, Any]  # Values by column.
_KINDS = {"hours": "week", "schedule": "week", "special_days": "days"}


class ObjectChange(models.Model):
    """One change of an object or of a row that belongs to it.

    It stores names instead of foreign keys, so that it stays readable after deletions.
    """

    class Action(models.TextChoices):
        ADDED = "added"
        CHANGED = "changed"
        REMOVED = "removed"

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    at = models.DateTimeField("when", default=timezone.now)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    person_name = models.CharField(max_length=254, blank=True)
    reason = models.CharField(
        max_length=60, blank=True, help_text="The source, such as: by import."
    )
    action = models.CharField(max_length=7, choices=Action)
    kind = models.CharField(max_length=16, help_text="The object's kind, or `location`.")
    object_id = models.BigIntegerField()
    name = models.CharField(max_length=410, help_text="The object's name at that time.")
    row = models.CharField(max_length=600, blank=True, help_text="Empty: the object itself.")
    target_kind = models.CharField(max_length=16, blank=True, help_text="Links: the target's kind.")
    target_id = models.BigIntegerField(null=True, help_text="Links: the target's key.")
    location_id = models.BigIntegerField(null=True, help_text="The location concerned; empty: all.")
    changes = models.JSONField(help_text="Rows of label, type, before, after.")

    class Meta:
        verbose_name = "change"
        verbose_name_plural = "changes"
        ordering = ["-at", "-pk"]
        indexes = [
            # For catalog/admin/history/pages.py:visible: the merchant's changes, newest first.
            models.Index(fields=["merchant", "at"], name="change_of_merchant"),
            # For catalog/admin/history/pages.py:changes_of: the history page of one object.
            models.Index(fields=["kind", "object_id", "at"], name="change_of_object"),
            # For catalog/admin/history/pages.py:changes_of: links that lead to the object.
            models.Index(
                fields=["target_kind", "target_id", "at"],
                condition=models.Q(target_id__isnull=False),
                name="change_of_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.row}" if self.row else self.name


class Recorded(models.Model):
    """A model whose `save` and `delete` record their changes, in the same transaction.

    Bulk writes, which bypass them, are recorded by catalog.history. A subclass whose rows belong
    to an object names the field that leads to it in `owner_field`.
    """

    owner_field: ClassVar[str] = ""
    target_field: ClassVar[str] = ""  # For links: the field that leads to the other end.
    names_from: ClassVar[tuple[str, ...]] = ()  # Relations to select before recording a bulk write.
    _known: Values | None = None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        adding, only = self._state.adding, kwargs.get("update_fields")
        before = {} if adding else self._known or self._stored()
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            change = describe_change(
                self, before, None if only is None else set(only), adding=adding
            )
            if change is not None:
                ObjectChange.objects.create(**change, **change_context())
        self._remember()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic(savepoint=False):
            ObjectChange.objects.create(**describe_removal(self), **change_context())
            return super().delete(*args, **kwargs)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        instance = super().from_db(*args, **kwargs)
        instance._remember()
        return instance

    def told_name(self) -> str:
        """Return the object's name in the history."""
        return str(self)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._remember()

    def _remember(self) -> None:
        """Remember the values that the database is known to hold."""
        self._known = None
        self._known = self.__dict__.copy()

    def _stored(self) -> Values:
        """Read the stored values of a row that a bulk write created."""
        names = [field.attname for field in self._meta.concrete_fields]
        return type(self)._base_manager.filter(pk=self.pk).values(*names).first() or {}


def change_context() -> Values:
    """Return the current person, reason and time."""
    person = actor.current_user()
    return {
        "person_id": person.pk if person else None,
        "person_name": person.get_full_name() if person else "",
        "reason": actor.current_reason(),
        "at": timezone.now(),
    }


def describe_change(
    row: Recorded, before: Values, only: set[str] | None = None, *, adding: bool = False
) -> Values | None:
    """Return the entry for a row that had the values `before` (by attname), or None."""
    changes = []
    for field in row._meta.concrete_fields:
        if (only is not None and field.name not in only) or not _is_recorded(row, field):
            continue
        if adding and field.name == row.target_field:
            continue
        new, old = row.__dict__.get(field.attname), before.get(field.attname)
        if adding and (new == field.get_default() or field.name in _IMPLIED_BY_NAME):
            continue
        if new != old and not hasattr(new, "resolve_expression"):
            changes.append(_change(row, field, old, new))
    if not changes and not adding:
        return None
    return _entry(row, "added" if adding else "changed", changes)


def describe_removal(row: Recorded) -> Values:
    """Return the entry for a deleted row."""
    changes = [
        _change(row, field, value, None)
        for field in row._meta.concrete_fields
        if _is_recorded(row, field) and field.name not in _IMPLIED_BY_NAME | {row.target_field}
        if (value := row.__dict__.get(field.attname)) != field.get_default()
    ]
    return _entry(row, "removed", changes)


def _is_recorded(row: Recorded, field: Any) -> bool:
    return field.name not in _UNRECORDED and field.name not in (row.owner_field, "location")


def _entry(row: Recorded, action: str, changes: list[list[Any]]) -> Values:
    owner: Any = getattr(row, row.owner_field) if row.owner_field else row
    target: Any = getattr(row, row.target_field) if row.target_field else None
    kind = getattr(owner, "kind", "location")
    return {
        "merchant_id": owner.merchant_id,
        "action": action,
        "kind": kind,
        "object_id": owner.pk,
        "name": owner.told_name(),
        "row": _row_name(row, target) if row.owner_field else "",
        "target_kind": target.kind if target else "",
        "target_id": target.pk if target else None,
        "location_id": owner.pk if kind == "location" else getattr(row, "location_id", None),
        "changes": changes,
    }


def _row_name(row: Any, target: Any) -> str:
    if target is not None:
        return f"{row._meta.verbose_name} {target}"
    if hasattr(row, "location_id"):
        return f"at {row.location}"
    return f"{row._meta.verbose_name} {row}"


def _change(row: Recorded, field: Any, old: Any, new: Any) -> list[Any]:
    """Return label, type, before and after, readable even if the field is removed."""
    label = str(field.verbose_name)
    if field.is_relation:
        return [label, "", _name_of(field, old), _name_of(field, new)]
    if field.name == "price_amount":
        return [label, "money", old, new]
    if field.name in _KINDS:
        return [label, _KINDS[field.name], old, new]
    kind = "instant" if isinstance(field, models.DateTimeField) else ""
    return [label, kind, _plain(field, old), _plain(field, new)]


def _name_of(field: Any, key: Any) -> str | None:
    related = field.related_model._default_manager.filter(pk=key).first() if key else None
    return str(related) if related else None


def _plain(field: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return str(value)
