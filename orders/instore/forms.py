"""The checkout form of an in-store order, with values in the contract's format."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Location
from integration.db import database_time
from integration.readable_texts import ReadableTexts
from orders import phone_numbers
from orders.states import OWN_DELIVERY

from .delivery_request import DELIVERY
from .place_order import CheckoutDetails

PICKUP = "pickup"
HOW = [
    (PICKUP, _("Pickup")),
    (OWN_DELIVERY, _("Delivery by our own driver")),
    (DELIVERY, _("Delivery by a Stream driver")),
]
PAID = [("paid", _("Paid")), ("unpaid", _("Due at handover"))]
_ADDRESS = {
    "street": _("Enter the street."),
    "city": _("Enter the city."),
    "postal_code": _("Enter the postal code."),
}


class CheckoutForm(ReadableTexts, forms.Form):
    """The customer, where the order goes, and whether it is paid."""

    how = forms.ChoiceField(
        label=_("Fulfillment"), choices=HOW, initial=PICKUP, widget=forms.RadioSelect
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
        label=_("Requested time (empty: as soon as possible)"),
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
        return phone_numbers.parse_phone_number(self.cleaned_data["phone"], self._location)

    def clean_wanted_for(self) -> datetime | None:
        """Read the time in the restaurant's time zone, wherever the person is."""
        entered: datetime | None = self.cleaned_data["wanted_for"]
        if entered is None:
            return None
        now = database_time.now()
        if entered.year > now.year + 1:  # Date arithmetic fails near the calendar's end.
            raise forms.ValidationError(_("This is too far ahead: choose an earlier day."))
        requested_for = entered.replace(tzinfo=ZoneInfo(self._location.timezone))
        if entered.year < now.year or requested_for <= now:
            raise forms.ValidationError(_("This time has passed: choose a later one, or none."))
        return requested_for

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("how") in (DELIVERY, OWN_DELIVERY):
            if not data.get("name"):
                self.add_error("name", _("The driver needs the customer's name."))
            if not data.get("phone") and "phone" not in self.errors:
                needed = gettext("The driver needs the customer's phone.")
                self.add_error("phone", f"{needed} {phone_numbers.FORMAT_HINT}")
            for name, missing in _ADDRESS.items():
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, missing)
        if data.get("how") == DELIVERY and data.get("paid") == "unpaid":
            self.add_error("paid", _("A Stream driver delivers only paid orders."))
        return data

    def order_details(self) -> CheckoutDetails:
        """Return the order's details. The form must be valid."""
        data = self.cleaned_data
        customer = {key: data[key] for key in ("name", "phone") if data[key]}
        details = {
            "customers": [customer] if customer else [],
            "delivery_address": self._address() if data["how"] != PICKUP else {},
            "special_instructions": data["notes"],
            "should_include_utensils": data["utensils"],
        }
        return CheckoutDetails(
            fulfillment_type=data["how"],
            customer_name=data["name"],
            customer_phone=data["phone"],
            details={key: value for key, value in details.items() if value not in ("", [], {})},
            unpaid=data["paid"] == "unpaid",
            requested_for=data["wanted_for"],
            is_for_stream=data["how"] == DELIVERY,
        )

    def _address(self) -> dict[str, str]:
        data = self.cleaned_data
        names = ("street", "city", "state", "postal_code")
        return {**{name: data[name] for name in names}, "country": self._location.country}
