"""The values that a form showed: sealed into the page, compared, and shown to people."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core import signing
from django.db.models import Model, QuerySet

# Without the time: equal pages are equal.
_SIGNER = signing.Signer(salt="integration.shared_edits")
_LONGEST = 120  # Characters of a value in a sentence.
_PARSERS: dict[str, Any] = {
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "dict": dict,
}


def plain(value: Any) -> Any:
    """Return the value as JSON can hold it; equal values give equal results."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | QuerySet):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {"dict": {str(key): plain(one) for key, one in value.items()}}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    for kind in (datetime, date, time):  # An instant is a date, too.
        if isinstance(value, kind):
            return {kind.__name__: value.isoformat()}
    return str(value)


def original(value: Any) -> Any:
    """Return the value that `plain` made plain, with keys in place of objects."""
    if isinstance(value, list):
        return [original(one) for one in value]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "dict":
        return {key: original(one) for key, one in content.items()}
    return _PARSERS[kind](content)


def seal(row: str, values: dict[str, Any]) -> str:
    """Return a text that only we can write: the row's name and its plain values."""
    return _SIGNER.sign_object([row, values], compress=True)


def unseal(text: str, row: str) -> dict[str, Any] | None:
    """Return the plain values; None for a text that is damaged or of another row."""
    try:
        sealed_row, values = _SIGNER.unsign_object(text)
    except signing.BadSignature:
        return None
    return dict(values) if sealed_row == row else None


def as_text(field: forms.Field, value: Any) -> str:
    """Return a field's value as a person reads it."""
    if isinstance(field, forms.ModelChoiceField):
        return _joined(_objects(field, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        names = {str(key): str(name) for key, name in choices if not isinstance(name, list)}
        chosen = value if isinstance(value, list) else [value]
        return _joined(names.get(str(one), str(one)) for one in chosen if one not in (None, ""))
    shown = field.prepare_value(value)
    if isinstance(shown, dict):
        return _joined(f"{key} {as_text(forms.Field(), one)}" for key, one in sorted(shown.items()))
    if isinstance(shown, list | tuple):
        return _joined(" ".join(one) if isinstance(one, tuple) else str(one) for one in shown)
    return _joined([] if shown is None else [str(shown)])


def _objects(field: Any, value: Any) -> list[str]:
    """Return the names of the objects behind keys, also of those that cannot be chosen now."""
    if isinstance(value, Model | str):  # Chosen just now; a text names nothing.
        return [str(value)]
    keys = [] if value is None else value if isinstance(value, list | QuerySet) else [value]
    keys = [key.pk if isinstance(key, Model) else key for key in keys]
    return [str(one) for one in field.queryset.model._base_manager.filter(pk__in=keys)]


def _joined(parts: Iterable[str]) -> str:
    text = ", ".join(part for part in parts if part)
    if not text:
        return "nothing"
    return f"“{text}”" if len(text) <= _LONGEST else f"“{text[:_LONGEST]}…”"
