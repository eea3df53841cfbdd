"""The form that asks why staff cancel an order; the answer stands in the order's history."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_OTHER = "other"
# The history is written in English, whatever the language of who reads the board.
_REASONS = {
    "customer": (_("The customer asked for it"), "The customer asked for it"),
    "sold_out": (_("Something is sold out"), "Something is sold out"),
    "too_busy": (_("The kitchen cannot make it"), "The kitchen cannot make it"),
    _OTHER: (_("Another reason"), "Another reason"),
}


class CancelForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why"),
        choices=[(code, text) for code, (text, _said) in _REASONS.items()],
        widget=forms.RadioSelect(),
    )
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=300,
        help_text=_("For the order's history. Needed for another reason."),
    )

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if self.cleaned_data.get("why") == _OTHER and not words:
            raise ValidationError(_("Write what the reason is."))
        return words

    def reason(self) -> str:
        """Of a form that is valid."""
        why, words = self.cleaned_data["why"], self.cleaned_data["words"]
        if why == _OTHER:
            return str(words)
        said = _REASONS[why][1]
        return f"{said}: {words}" if words else said
