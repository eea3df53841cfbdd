"""Prices typed as decimals and stored as whole numbers of the smallest unit."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from integration import currency as currencies

_MOST = 2**53


class MoneyField(forms.Field):
    """A price in decimals of one currency: 12.50 for USD, 1250 for JPY, 12.500 for KWD."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "sp-money"}
        options.setdefault("widget", UnfoldAdminTextInputWidget(attrs=attributes))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{currencies.as_decimal(value, self.currency):f}"
        return value

    def to_python(self, value: Any) -> int | None:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        try:
            amount = currencies.parse(text, self.currency)
        except currencies.BadAmount as error:
            raise ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
        if amount < 0:
            raise ValidationError("Enter a price of 0 or more.")
        if amount > _MOST:
            raise ValidationError("This price is too high.")
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True
