"""The form for a driver."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Location
from orders.phone_numbers import parse_phone_number


class DriverForm(forms.Form):
    """A driver of the restaurant's own."""

    name = forms.CharField(label=_("Driver's name"), max_length=100)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    code = forms.RegexField(
        r"\A[0-9]{0,10}\Z",
        label=_("Extension, if any"),
        required=False,
        strip=True,
        error_messages={"invalid": _("Enter up to ten digits, or leave this empty.")},
    )

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._location = location

    def clean_phone(self) -> str:
        return parse_phone_number(self.cleaned_data["phone"], self._location)
