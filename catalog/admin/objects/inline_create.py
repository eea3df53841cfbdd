"""Inline rows that link an existing object or create a new one in place.

A whole category, or a group with its modifiers, can thus be entered on one page.
"""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.models.base import MenuObject
from integration import currency
from integration.admin.shared.money import MoneyField
from integration.admin.shared.tenancy import TenantForm, current_merchant

from .inlines import MenuInline

_PRICE = "new_price"


class StaticText(forms.Widget):
    """Text in place of an input."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html("{}", self.text)


class CreateOrLinkForm(TenantForm):
    """Existing rows keep their object; a new row links one or creates it."""

    link: ClassVar[str]  # The row's field that holds the object.
    created: MenuObject | None = None
    new_name = forms.CharField(
        label="or a new one named", required=False, max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "class": "sp-new"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.link not in self.fields:  # A read-only page.
            return
        self.fields[self.link].required = not self.instance._state.adding
        if not self.instance._state.adding:
            self._show_text("new_name", "")

    def _show_text(self, name: str, text: str) -> None:
        """Replace an existing row's input by text."""
        if name in self.fields:
            self.fields[name].disabled = True
            self.fields[name].widget = StaticText(text)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance._state.adding or self.link not in self.fields:
            return cleaned
        name = (cleaned.get("new_name") or "").strip()
        if name and cleaned.get(self.link):
            self.add_error("new_name", "Choose one or name a new one, not both.")
        elif name and not self.errors:
            cleaned[self.link] = self.created = self._build(name, cleaned)
        elif not (name or cleaned.get(self.link) or self.errors):
            self.add_error(self.link, "Choose one or name a new one.")
        return cleaned

    def _build(self, name: str, cleaned: dict[str, Any]) -> MenuObject:
        model: Any = self.instance._meta.get_field(self.link).related_model
        price = {"price_amount": cleaned[_PRICE]} if cleaned.get(_PRICE) is not None else {}
        created: MenuObject = model(merchant=self.merchant, name=name, **price)
        return created

    def _get_validation_exclusions(self) -> set[str]:
        """Exclude the link of a new object, which has no key to look up yet."""
        return super()._get_validation_exclusions() | ({self.link} if self.created else set())

    def save(self, commit: bool = True) -> Any:
        if commit and self.created is not None:
            self.created.save()
            setattr(self.instance, self.link, self.created)
        return super().save(commit)


class PricedCreateOrLinkForm(CreateOrLinkForm):
    """Rows whose new object also gets a price."""

    needs_price: ClassVar[bool] = False
    new_price = forms.Field(label="price", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if _PRICE not in self.fields:
            return
        code = self.merchant.currency if self.merchant else "usd"
        self.fields[_PRICE] = MoneyField(currency=code, label="price", required=False)
        if not self.instance._state.adding:
            amount = getattr(self.instance, self.link).price_amount
            self._show_text(_PRICE, "" if amount is None else currency.as_text(amount, code))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        price = cleaned.get(_PRICE)
        if self.created is None and price is not None:
            self.add_error(_PRICE, "A price needs the name of a new one. Enter one or clear this.")
        if self.created is not None and price is None and self.needs_price:
            self.add_error(_PRICE, "Enter its price. To add sizes, create it on its own page.")
        return cleaned


class CreateOrLinkInline(MenuInline):
    """An inline on the page itself, not on a tab, as the page's main content."""

    form = CreateOrLinkForm
    link: ClassVar[str]
    tab = False
    hide_title = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        return [name for name in fields if name not in ("new_name", _PRICE)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "more"]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.link = self.link
        formset.form.merchant = current_merchant(request)
        if self.link in formset.form.base_fields:
            formset.form.base_fields[self.link].required = False
        return formset

    @display(description="more")
    def more(self, row: Any) -> str:
        target = getattr(row, self.link) if row.pk else None
        if target is None:
            return ""
        address = reverse(f"admin:catalog_{target._meta.model_name}_change", args=[target.pk])
        return format_html('<a class="text-link" href="{}">Open</a>', address)
