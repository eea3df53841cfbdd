"""The form for rejecting an order; the channel shows the reason to the customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integration.readable_texts import ReadableTexts

from .protocol.responses import (
    INVALID_CART,
    OTHER,
    REASON_LENGTH,
    STORE_UNAVAILABLE,
    Refusal,
    refusal,
)

# Code for Stream, label, and default reason. The reason goes to the channel, so it is English.
_KINDS = [
    (STORE_UNAVAILABLE, _("We cannot take it now"), "The restaurant cannot take the order now."),
    (INVALID_CART, _("Something in it cannot be made"), "Something in the order cannot be made."),
    (OTHER, _("Another reason"), "The restaurant does not take the order."),
]


class RejectForm(ReadableTexts, forms.Form):
    kind = forms.ChoiceField(
        label=_("Why"),
        choices=[(code, text) for code, text, _sentence in _KINDS],
        initial=STORE_UNAVAILABLE,
        widget=forms.RadioSelect(),
    )
    reason = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.TextInput({"placeholder": _("Sold out of burgers until 18:00.")}),
        help_text=_("The channel shows it. Left empty, it says only what is chosen above."),
    )

    def refusal(self) -> Refusal:
        """Return the refusal; the form must be valid."""
        data: dict[str, Any] = self.cleaned_data
        default_reasons = {code: sentence for code, _label, sentence in _KINDS}
        return refusal(data["kind"], data["reason"] or default_reasons[data["kind"]])
