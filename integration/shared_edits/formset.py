"""Rows of shared forms: rows that were removed meanwhile, and the values each row showed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseModelFormSet
from django.utils.safestring import SafeString

from .form import SHOWN

if TYPE_CHECKING:
    _FormSet = BaseModelFormSet[Any, Any]
else:
    _FormSet = object


class KeyInput(forms.HiddenInput):
    """The hidden key of a row, beside the values that the row shows."""

    def __init__(self, form: Any) -> None:
        super().__init__()
        self.form = form

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return super().render(*args, **kwargs) + SafeString(self.form.shown_input())


class SharedFormSet(_FormSet):
    """A mixin for formsets of shared forms; list it before the formset class."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]  # private
        was_stored = self.is_bound and i < self.initial_form_count()
        if was_stored and form.instance._state.adding and form.add_prefix(SHOWN) in self.data:
            form.is_gone = True
            form.gone_key = self.data.get(form.add_prefix(self._name_of_key), "")
        return form

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        key = form.fields.get(self._name_of_key)
        if key is not None and key.widget.is_hidden:
            key.widget = KeyInput(form)

    @property
    def _name_of_key(self) -> str:
        return str(self.model._meta.pk.name)  # type: ignore[union-attr]  # Each formset has one.

    def clean(self) -> None:
        """Refuse to remove a row that somebody changed meanwhile, until the person knows."""
        super().clean()
        for form in self.initial_forms:
            if self.can_delete and self._should_delete_form(form) and form.moved:  # type: ignore[attr-defined]  # private
                changes = "; ".join(form.kept_sentences())
                raise ValidationError(
                    f"“{form.instance}” was changed meanwhile: {changes}. Save again to remove it."
                )


class SharedListFormSet(SharedFormSet, BaseModelFormSet):  # type: ignore[type-arg]  # Two bases for the type checker.
    """The editable columns of a list."""
