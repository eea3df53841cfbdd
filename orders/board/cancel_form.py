"""The form that asks for a cancelation reason; the answer goes into the order's history."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integration.readable_texts import ReadableTexts

_OTHER = "other"
# Label and history text. The history is in English, whatever the language of the board.
_REASONS = {
    "customer": (_("The customer asked for it"), "The customer asked for it"),
    "sold_out": (_("Something is sold out"), "Something is sold out"),
    "too_busy": (_("The kitchen cannot make it"), "The kitchen cannot make it"),
    _OTHER: (_("Another reason"), "Another reason"),
}


class CancelForm(ReadableTexts, forms.Form):
    """A reason from the list, and an optional explanation."""

    why = forms.ChoiceField(
        label=_("Why"),
        choices=[(code, text) for code, (text, _history) in _REASONS.items()],
        widget=forms.RadioSelect(),
    )
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=300,
        help_text=_("Kept in the order's history. Required for another reason."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("why") == _OTHER and not data.get("words") and "words" not in self.errors:
            self.add_error("words", _("Enter the reason."))
        return data

    def reason(self) -> str:
        """Return the text for the order's history. The form must be valid."""
        why, words = self.cleaned_data["why"], self.cleaned_data["words"]
        if why == _OTHER:
            return str(words)
        reason = _REASONS[why][1]
        return f"{reason}: {words}" if words else reason
