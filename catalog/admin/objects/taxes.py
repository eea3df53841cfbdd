"""The admin of taxes."""

from typing import Any

from django.contrib import admin
from django.core.validators import MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from catalog.models import Tax

from .base import MenuObjectAdmin


@admin.register(Tax)
class TaxAdmin(MenuObjectAdmin):
    empty_hint = "Enter the rate that is added to sales, and make it the default."
    list_display = ["name", "percent", "is_default", "is_inclusive", "is_active"]
    object_fieldsets = [
        (None, {"fields": ["name", "rate", "is_default", "is_inclusive", "is_active"]})
    ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "rate" in form.base_fields:
            form.base_fields["rate"].validators.append(
                MinValueValidator(0, "A tax rate cannot be negative.")
            )
        return form

    @display(description="rate", ordering="rate")
    def percent(self, tax: Tax) -> str:
        return f"{tax.rate.normalize():f} %"

    @admin.action(description="Restore", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Restore taxes, but not as the default, which another tax may be by now."""
        defaults = queryset.exclude(archived_at=None).filter(is_default=True)
        self.change_all(request, defaults, "No longer the default.", is_default=False)
        super().bring_back(request, queryset)
