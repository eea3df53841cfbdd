"""The form that asks why an order is rejected: what the channel reads, and shows the customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .protocol.responses import (
    INVALID_CART,
    OTHER,
    REASON_LENGTH,
    STORE_UNAVAILABLE,
    Refusal,
    refusal,
)

# For Stream, as the person reads it, and what is said when they write nothing themselves: to the
# channel, so in its language.
_KINDS = [
    (STORE_UNAVAILABLE, _("We cannot take it now"), "The restaurant cannot take the order now."),
    (INVALID_CART, _("Something in it cannot be made"), "Something in the order cannot be made."),
    (OTHER, _("Another reason"), "The restaurant does not take the order."),
]


class RejectForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Why"),
        choices=[(code, text) for code, text, _said in _KINDS],
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
        """Of a form that is valid."""
        said: dict[str, Any] = self.cleaned_data
        usual = {code: sentence for code, _name, sentence in _KINDS}
        return refusal(said["kind"], said["reason"] or usual[said["kind"]])
