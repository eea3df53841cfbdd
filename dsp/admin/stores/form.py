"""The form of a store: fulfillment types as checkboxes, fees as money of its menu's currency."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from dsp.models import FulfillmentType, Store
from integration.admin.shared.money import MoneyField
from integration.admin.shared.tenancy import TenantForm, current_merchant

# (A) Stream enables these two by arrangement only (contract DSP-WH-NEW).
_BY_ARRANGEMENT = {FulfillmentType.STREAM_DELIVERY, FulfillmentType.KIOSK}
_PHONE = re.compile(r"\+[0-9]{7,15}")
_SEPARATORS = re.compile(r"[ ()./-]")
MONEY_FIELDS = ("delivery_fee", "service_charge")


class StoreForm(TenantForm):
    fulfillment_types = forms.MultipleChoiceField(
        choices=FulfillmentType.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What guests may choose. Only drive-thru may be unpaid, so it is the only one"
        " that our order page sells; the others need a front end that takes the payment.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "delivery_fee_tax_rate" in self.fields:
            self.fields["delivery_fee_tax_rate"].required = False
        types = self.fields.get("fulfillment_types")
        if isinstance(types, forms.MultipleChoiceField):
            chosen = set(self.instance.fulfillment_types or ())
            types.choices = [
                choice
                for choice in FulfillmentType.choices
                if choice[0] not in _BY_ARRANGEMENT or choice[0] in chosen
            ]

    def clean_phone(self) -> str:
        phone = _SEPARATORS.sub("", self.cleaned_data["phone"])
        if phone and not _PHONE.fullmatch(phone):
            raise forms.ValidationError("Write it with its country: +1 512 555 0100.")
        return phone

    def clean_delivery_fee_tax_rate(self) -> Decimal:
        rate: Decimal = self.cleaned_data["delivery_fee_tax_rate"] or Decimal(0)
        if not 0 <= rate <= 100:
            raise forms.ValidationError("Write a percentage from 0 to 100.")
        return rate

    def clean_delivery_fee(self) -> int:
        return self.cleaned_data["delivery_fee"] or 0

    def clean_service_charge(self) -> int:
        return self.cleaned_data["service_charge"] or 0


def money_field(db_field: Any, request: HttpRequest, store: Store | None) -> MoneyField:
    """Return the field of an amount, in the currency of the store's menu, else the merchant's."""
    currency = store.live_menu.currency if store is not None and store.live_menu else ""
    merchant = current_merchant(request)
    currency = currency or (merchant.currency if merchant is not None else "usd")
    return MoneyField(
        currency=currency,
        label=f"{db_field.verbose_name} ({currency})".capitalize().replace(
            currency, currency.upper()
        ),
        required=False,
        initial=0,
        help_text=db_field.help_text,
    )
