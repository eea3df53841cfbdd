"""The page “Change prices by a percentage”: a form, then a preview of every change."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.menu import price_changes
from catalog.models import StagedEdit
from integration import currency as currencies

from .moves import Done, Outcome, Question

_PER_PAGE = 100
_NAMED = 5  # The message names at most this many skipped prices.
_PARTS = {
    "item_family": {
        price_changes.OWN: "Prices of the item families themselves",
        price_changes.SIZES: "Prices of their sizes",
        price_changes.LOCATIONS: "Their prices at particular locations",
        price_changes.CHANNELS: "Their channel prices",
    },
    "item": {
        price_changes.OWN: "Prices of the sizes themselves",
        price_changes.LOCATIONS: "Their prices at particular locations",
        price_changes.CHANNELS: "Their channel prices",
    },
    "modifier": {
        price_changes.OWN: "Prices of the modifiers themselves",
        price_changes.SIZES: "Their prices for particular sizes",
        price_changes.LOCATIONS: "Their prices at particular locations",
        price_changes.CHANNELS: "Their channel prices",
    },
}


class PricesForm(forms.Form):
    percent = forms.DecimalField(
        min_value=Decimal("-100"),
        max_value=Decimal("1000"),
        max_digits=6,
        decimal_places=2,
        help_text="5 changes 10.00 to 10.50; -5 changes it to 9.50.",
        widget=UnfoldAdminTextInputWidget(
            attrs={"inputmode": "text", "autocomplete": "off", "class": "sp-money"}
        ),
    )
    rounding = forms.ChoiceField(initial="unit", widget=UnfoldAdminRadioSelectWidget())
    parts = forms.MultipleChoiceField(
        label="Which prices", widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    def __init__(self, data: Any, staged: StagedEdit) -> None:
        super().__init__(data, initial=staged.options or None)
        names = _PARTS[staged.kind]
        self._choose("parts", list(names.items()))
        self._choose("rounding", _roundings(staged.merchant.currency))
        if not staged.options:
            self.initial["parts"] = list(names)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_percent(self) -> Decimal:
        percent: Decimal = self.cleaned_data["percent"]
        if not percent:
            raise forms.ValidationError("0 percent changes nothing. Enter another number.")
        return percent


def _roundings(currency: str) -> list[tuple[str, str]]:
    """Return the rounding choices; those on the last digits need a currency with decimals."""
    smallest = currencies.as_text(1, currency)
    choices = [("unit", f"To {smallest}")]
    if currencies.decimals(currency):
        choices += [
            ("five", "To the nearest 0.05"),
            ("99", "To the nearest price ending in .99"),
        ]
    return choices


def reprice(request: HttpRequest, staged: StagedEdit) -> Outcome:
    if request.method == "POST" and "apply" in request.POST:
        return _apply(request, staged)
    form = PricesForm(request.POST if request.method == "POST" else None, staged)
    if form.is_valid():
        _plan(staged, form)
    context = {"title": "Change prices by a percentage", "form": form, **_preview(request, staged)}
    return Question("admin/catalog/bulk/prices.html", context)


def _plan(staged: StagedEdit, form: PricesForm) -> None:
    values = form.cleaned_data
    staged.options = {**values, "percent": str(values["percent"])}
    staged.plan = price_changes.plan(
        staged, percent=values["percent"], rounding=values["rounding"], parts=values["parts"]
    )
    staged.version += 1
    staged.save(update_fields=["options", "plan", "version"])


def _preview(request: HttpRequest, staged: StagedEdit) -> dict[str, Any]:
    if staged.plan is None:
        return {}
    page = Paginator(staged.plan, _PER_PAGE).get_page(request.GET.get("p"))
    rows = [_row(line, staged.merchant.currency) for line in price_changes.lines(page)]
    return {"page": page, "rows": rows, "version": staged.version}


def _row(line: price_changes.Line, currency: str) -> dict[str, Any]:
    model = line.owner._meta.model_name
    return {
        "url": reverse(f"admin:catalog_{model}_change", args=[line.owner.pk]),
        "name": line.name,
        "row": line.row,
        "old": currencies.as_text(line.old, currency),
        "new": currencies.as_text(line.new, currency),
        "is_up": line.new > line.old,
    }


def _apply(request: HttpRequest, staged: StagedEdit) -> Outcome:
    """Apply the preview that the page showed, not a newer one from another window."""
    if staged.plan is None or request.POST.get("apply") != str(staged.version):
        sentence = "Nothing was changed: the preview changed in another window. Please review it."
        return Done(sentence, messages.WARNING, is_over=False)
    outcome = price_changes.apply(staged)
    done = f"{outcome.changed:,} {'price' if outcome.changed == 1 else 'prices'} changed."
    if not outcome.skipped:
        return Done(done)
    named = price_changes.lines(outcome.skipped[:_NAMED])
    names = "; ".join(f"{line.name} {line.row}".strip() for line in named)
    more = len(outcome.skipped) - len(named)
    skipped = f"{names} and {more:,} more" if more else names
    count = len(outcome.skipped)
    return Done(
        f"{done} Somebody else has changed {count:,} since the preview; these were skipped:"
        f" {skipped}.",
        messages.WARNING,
    )
