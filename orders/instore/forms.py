"""Forms of an in-store order, checked and in the contract's form."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Location
from orders import phone_numbers
from orders.states import OWN_DELIVERY

from .delivery_request import DELIVERY
from .place_order import Wish

PICKUP = "pickup"
HOW = [
    (PICKUP, _("Pickup")),
    (OWN_DELIVERY, _("Delivery by our own driver")),
    (DELIVERY, _("Delivery by a driver of Stream's")),
]
PAID = [("paid", _("Paid")), ("unpaid", _("To be paid at the handover"))]
_ADDRESS = {
    "street": _("Where to? The street is missing."),
    "city": _("Where to? The city is missing."),
    "postal_code": _("Where to? The postal code is missing."),
}


class WishForm(forms.Form):
    """The customer, where the order goes, and whether it is paid."""

    how = forms.ChoiceField(
        label=_("How does it go out?"), choices=HOW, initial=PICKUP, widget=forms.RadioSelect
    )
    name = forms.CharField(label=_("Customer's name"), required=False, max_length=100)
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    street = forms.CharField(label=_("Street, house, apartment"), required=False, max_length=200)
    city = forms.CharField(label=_("City"), required=False, max_length=100)
    state = forms.CharField(label=_("State"), required=False, max_length=100)
    postal_code = forms.CharField(label=_("Postal code"), required=False, max_length=20)
    wanted_for = forms.DateTimeField(
        label=_("Wanted for (empty: as soon as it is ready)"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Choose a day and a time.")},
    )
    notes = forms.CharField(
        label=_("For the kitchen"),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
    )
    utensils = forms.BooleanField(label=_("With utensils"), required=False)
    paid = forms.ChoiceField(
        label=_("Payment"), choices=PAID, initial="paid", widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._location = location
        for name in ("city", "state", "postal_code"):
            if not self.is_bound and name not in (self.initial or {}):
                self.fields[name].initial = getattr(location, name)

    def clean_phone(self) -> str:
        return phone_numbers.phone_in(self.cleaned_data["phone"], self._location)

    def clean_wanted_for(self) -> datetime | None:
        """In the restaurant's own time, whoever looks from wherever."""
        said: datetime | None = self.cleaned_data["wanted_for"]
        if said is None:
            return None
        now = timezone.now()
        if said.year > now.year + 1:  # Near the calendar's end there is no arithmetic.
            raise forms.ValidationError(_("This is too far ahead: choose an earlier day."))
        wanted = said.replace(tzinfo=ZoneInfo(self._location.timezone))
        if said.year < now.year or wanted <= now:
            raise forms.ValidationError(_("This time is over: choose a later one, or none."))
        return wanted

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("how") in (DELIVERY, OWN_DELIVERY):
            if not said.get("name"):
                self.add_error("name", _("The driver needs the customer's name."))
            if not said.get("phone") and "phone" not in self.errors:
                needed = gettext("The driver needs the customer's phone.")
                self.add_error("phone", f"{needed} {phone_numbers.HOW}")
            for name, missing in _ADDRESS.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, missing)
        if said.get("how") == DELIVERY and said.get("paid") == "unpaid":
            self.add_error("paid", _("A driver of Stream's brings only what is paid."))
        return said

    def wish(self) -> Wish:
        """Of a form that is valid."""
        said = self.cleaned_data
        customer = {key: said[key] for key in ("name", "phone") if said[key]}
        details = {
            "customers": [customer] if customer else [],
            "delivery_address": self._address() if said["how"] != PICKUP else {},
            "special_instructions": said["notes"],
            "should_include_utensils": said["utensils"],
        }
        return Wish(
            fulfillment_type=said["how"],
            customer_name=said["name"],
            customer_phone=said["phone"],
            details={key: value for key, value in details.items() if value not in ("", [], {})},
            unpaid=said["paid"] == "unpaid",
            requested_for=said["wanted_for"],
            is_for_stream=said["how"] == DELIVERY,
        )

    def _address(self) -> dict[str, str]:
        said = self.cleaned_data
        names = ("street", "city", "state", "postal_code")
        return {**{name: said[name] for name in names}, "country": self._location.country}
