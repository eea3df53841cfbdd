"""The form that several people may have open at once.

Each page carries, signed, the values that it showed. A field has changed if what was sent differs
from what was shown, not from what is stored by now. What the person left alone keeps its stored
value; a field that both changed is refused once, with both values.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import InlineForeignKeyField
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import values

if TYPE_CHECKING:
    _Form = forms.Form
else:
    _Form = object

SHOWN = "shown"  # The hidden input with the sealed values.


class SharedForm(_Form):
    """A mixin for forms of stored things; list it before the form class."""

    _errors: Any
    is_gone = False  # The row was removed while the page was open.
    # Fields that a page hides; what concerns them is said above the form.
    hidden_fields_of_page: ClassVar[frozenset[str]] = frozenset({"position"})

    @property
    def row_name(self) -> str:
        """Name the row among all others; empty for one that is not stored yet."""
        raise NotImplementedError

    def stored_value(self, name: str) -> Any:
        """Return the stored value of a field, as cleaning it would."""
        return super().get_initial_for_field(self.fields[name], name)

    @cached_property
    def _sealed(self) -> dict[str, Any] | None:
        """The plain values that the page showed; None if they cannot be read."""
        text = self.data.get(self.add_prefix(SHOWN)) if self.is_bound and self.row_name else None
        # A page from before this was built, or a script, sends none: the stored values count.
        return values.unseal(str(text), self.row_name) if text else {}

    @cached_property
    def shown(self) -> dict[str, Any]:
        """The plain values of fields that the page showed and that can be compared."""
        known = self._sealed or {}
        return {name: value for name, value in known.items() if self._is_shared(name)}

    @cached_property
    def moved(self) -> frozenset[str]:
        """The fields that somebody changed after the page was shown."""
        if self.is_gone:
            return frozenset()
        return frozenset(name for name, value in self.shown.items() if self._now(name) != value)

    @cached_property
    def conflicts(self) -> frozenset[str]:
        """The fields that both changed, to different values."""
        changed = self.moved.intersection(self.changed_data)
        return frozenset(name for name in changed if self._differs_from_stored(name))

    @property
    def kept(self) -> list[str]:
        """The fields that somebody else changed and that this person left alone, in order."""
        return [name for name in self.fields if name in self.moved - set(self.changed_data)]

    def kept_sentences(self) -> list[str]:
        """Say what somebody else changed meanwhile."""
        return [
            _("%(field)s: from %(before)s to %(now)s") % self._words(name) for name in self.kept
        ]

    def fields_to_save(self) -> set[str]:
        """Return the names of the fields and columns that the person changed."""
        return set(self.changed_data)

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if field_name in self.shown:
            return values.original(self.shown[field_name])
        return super().get_initial_for_field(field, field_name)

    def shown_value(self) -> str:
        """Return the sealed values for the page, empty for a new row.

        A field that this person left alone stays as it was shown, for the next time, too.
        """
        if not self.row_name:
            return ""
        if self.is_gone:
            return values.seal(self.row_name, {})  # It has been said; the next time it is let go.
        left_alone = set() if self._is_to_be_deleted() else set(self.kept)
        shown = {
            name: self.shown[name] if name in left_alone else self._now(name)
            for name in self.fields
            if self._is_shared(name)
        }
        return values.seal(self.row_name, shown)

    def shown_input(self) -> SafeString | str:
        """Render the hidden input with the values shown."""
        sealed = self.shown_value()
        return sealed and format_html(
            '<input type="hidden" name="{}" value="{}">', self.add_prefix(SHOWN), sealed
        )

    def has_changed(self) -> bool:
        return not self.is_gone and super().has_changed()

    def full_clean(self) -> None:
        if not (self.is_bound and self.is_gone):
            super().full_clean()
            if self.is_bound and self._sealed is None:
                self.add_error(None, _("This page is out of date. Check it and save again."))
            return
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}
        if self._sealed is None:
            self.add_error(None, _("This page is out of date. Check it and save again."))
        if self.shown.keys() & set(self.changed_data) and not self._is_to_be_deleted():
            self.add_error(
                None,
                _("Somebody removed this row meanwhile. Save again to leave it out."),
            )

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # private
        for name in self.kept:
            self._errors.pop(name, None)
            self.cleaned_data[name] = self.stored_value(name)
        for name in self.conflicts:
            place = None if self._is_hidden(name) else name
            self.add_error(place, ValidationError(self._conflict(name), code="conflict"))

    def _conflict(self, name: str) -> str:
        words = self._words(name)
        if self._is_hidden(name):
            return _("Somebody else moved this row meanwhile. Save again for your order.")
        return (
            _(
                "Somebody else changed this meanwhile, from %(before)s to %(now)s. You entered"
                " %(entered)s: save again to keep yours."
            )
            % words
        )

    def _words(self, name: str) -> Mapping[str, str]:
        field = self.fields[name]
        return {
            "field": str(self[name].label),
            "before": values.as_text(field, values.original(self.shown[name])),
            "now": values.as_text(field, values.original(self._now(name))),
            "entered": values.as_text(field, self._entered(name)),
        }

    def _entered(self, name: str) -> Any:
        data = self[name].data
        try:
            return self.fields[name].clean(data)
        except ValidationError:
            return str(data)

    def _now(self, name: str) -> Any:
        return values.plain(super().get_initial_for_field(self.fields[name], name))

    def _differs_from_stored(self, name: str) -> bool:
        field = self.fields[name]
        stored = super().get_initial_for_field(field, name)
        return bool(field.has_changed(stored, self[name].data))

    def _is_shared(self, name: str) -> bool:
        field = self.fields.get(name)
        if field is None or field.disabled or isinstance(field, InlineForeignKeyField):
            return False
        return name in self.initial or self.is_gone

    def _is_hidden(self, name: str) -> bool:
        return name in self.hidden_fields_of_page or self.fields[name].widget.is_hidden

    def _is_to_be_deleted(self) -> bool:
        deletion = self.fields.get("DELETE")
        return self.is_bound and deletion is not None and bool(self["DELETE"].data)
