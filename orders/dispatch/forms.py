"""The forms for a driver."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.models import Location
from integration.readable_texts import ReadableTexts
from integration.shared_edits.form import SharedForm
from orders.models import Driver
from orders.phone_numbers import parse_phone_number


class DriverForm(ReadableTexts, forms.Form):
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

    def refuse_number(self, driver: Driver) -> None:
        """Say on the phone's field that another driver has the number."""
        if driver.is_active:
            text = _("This number belongs to %(name)s, who is in the list.")
        else:
            text = _("This number belongs to %(name)s, who is deactivated.")
        self.add_error("phone", str(text) % {"name": driver.name})


class DriverChangeForm(SharedForm, DriverForm):
    """A stored driver, whom somebody else may be changing."""

    def __init__(self, *args: Any, driver: Driver, location: Location) -> None:
        known = {"name": driver.name, "phone": driver.phone, "code": driver.code}
        super().__init__(*args, initial=known, location=location)
        self._driver = driver

    @property
    def row_name(self) -> str:
        return f"driver:{self._driver.pk}"


class ChooseDriverForm(forms.Form):
    """A driver from the merchant's list."""

    driver = forms.ModelChoiceField(
        queryset=Driver.objects.none(), label=_("Driver"), empty_label=_("Choose a driver")
    )

    def __init__(self, *args: Any, drivers: "QuerySet[Driver]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["driver"].queryset = drivers  # type: ignore[attr-defined]  # It is one of a choice of models.
