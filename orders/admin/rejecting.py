"""The form that asks why an order is rejected: what the channel reads, and shows the customer."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from ..answers import INVALID_CART, OTHER, REASON_LENGTH, STORE_UNAVAILABLE, Refusal, refusal

# For Stream, as the person reads it, and what is said when they write nothing themselves.
_KINDS = [
    (STORE_UNAVAILABLE, "We cannot take it now", "The restaurant cannot take the order now."),
    (INVALID_CART, "Something in it cannot be made", "Something in the order cannot be made."),
    (OTHER, "Another reason", "The restaurant does not take the order."),
]


class RejectForm(forms.Form):
    kind = forms.ChoiceField(
        label="Why",
        choices=[(code, text) for code, text, _ in _KINDS],
        initial=STORE_UNAVAILABLE,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    reason = forms.CharField(
        label="In your words",
        required=False,
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget({"placeholder": "Sold out of burgers until 18:00."}),
        help_text="The channel shows it. Left empty, it says only what is chosen above.",
    )

    def refusal(self) -> Refusal:
        """Of a form that is valid."""
        said: dict[str, Any] = self.cleaned_data
        usual = {code: sentence for code, _, sentence in _KINDS}
        return refusal(said["kind"], said["reason"] or usual[said["kind"]])
