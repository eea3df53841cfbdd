"""Catalog values in forms and on read-only pages."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from integration import currency
from integration.admin.shared.money import MoneyField
from integration.admin.shared.tenancy import Tenancy, current_merchant

from . import week
from .comma_list import WordsField

# The display method that replaces a field which cannot be edited.
_READABLE = {
    "price_amount": "price",
    "allergens": "allergen_list",
    "inactive_until": "off_until",
    "for_the_day": "off_until",
    "special_days": "special",
    "channels_off": "off_channels",
    "fulfillment_types_off": "off_kinds",
    **dict.fromkeys(week.WEEK_FIELDS, "week"),
}
READABLE = sorted(set(_READABLE.values()))


def readable(fields: list[Any]) -> list[Any]:
    """Return the fields with read-only replacements, without duplicates."""
    return list(dict.fromkeys(_READABLE.get(name, name) for name in fields))


class CatalogFields(Tenancy):
    """Catalog form fields and displays, for admin classes and inlines."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        options = {
            "label": capfirst(db_field.verbose_name),
            "help_text": db_field.help_text,
            "required": not db_field.blank,
        }
        if db_field.name == "price_amount":
            merchant = current_merchant(request)
            if db_field.has_default():
                options["initial"] = db_field.default
            return MoneyField(currency=merchant.currency if merchant else "usd", **options)
        if db_field.name == "allergens":
            options["help_text"] = "Separate with commas: gluten, milk, nuts."
            return WordsField(widget=UnfoldAdminTextInputWidget(), max_length=1000, **options)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]  # A mixin.
        if isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = 3
        return field

    def _merchant_of(self, obj: models.Model) -> Any:
        owner: Any = obj
        for step in self.merchant_path.split("__"):
            owner = getattr(owner, step)
        return owner

    def money(self, obj: Any, amount: int | None) -> str:
        return "–" if amount is None else currency.as_text(amount, self._merchant_of(obj).currency)

    @display(description="price", ordering="price_amount")
    def price(self, obj: Any) -> str:
        return self.money(obj, obj.price_amount)

    @display(description="allergens")
    def allergen_list(self, obj: Any) -> str:
        return ", ".join(obj.allergens) or "–"

    @display(description="off until")
    def off_until(self, obj: Any) -> str:
        if obj.inactive_until is None:
            return "–"
        return f"{obj.location.local(obj.inactive_until):%d %b %Y, %H:%M}"
