"""Prices typed as decimals and stored as whole numbers of the smallest unit."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from integration import currency as currencies

_PRICE = re.compile(r"[0-9]{1,15}(\.[0-9]*)?|\.[0-9]+")
_MOST = 2**53


class MoneyField(forms.Field):
    """A price in decimals of one currency: 12.50 for USD, 1250 for JPY, 12.500 for KWD."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        self.decimals = currencies.decimals(currency)
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "sp-money"}
        options.setdefault("widget", UnfoldAdminTextInputWidget(attrs=attributes))
        super().__init__(**options)

    @property
    def example(self) -> str:
        return f"{Decimal(1250).scaleb(-self.decimals):f}" if self.decimals != 3 else "12.500"

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{currencies.as_decimal(value, self.currency):f}"
        return value

    def to_python(self, value: Any) -> int | None:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        if not _PRICE.fullmatch(text):
            raise ValidationError(f"Enter a price like {self.example}.")
        written = Decimal(text)
        exact = written.quantize(Decimal(1).scaleb(-self.decimals))
        if exact != written:
            raise ValidationError(
                f"{self.currency.upper()} has {self._precision()}: enter a price like"
                f" {self.example}."
            )
        amount = int(exact.scaleb(self.decimals))
        if amount > _MOST:
            raise ValidationError("This price is too high.")
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True

    def _precision(self) -> str:
        return f"at most {self.decimals} decimals" if self.decimals else "no decimals"
