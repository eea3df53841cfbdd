"""The pages “Switch off for the day” and “Move to a category”."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from catalog.admin.scope.location_limits import limit_of
from catalog.menu import bulk_edits
from catalog.models import Category, Location, StagedEdit


@dataclass(frozen=True)
class Question:
    """A page that asks for details."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Done:
    """The result as a message; `is_over` if nothing more is to be asked."""

    sentence: str
    level: int = messages.SUCCESS
    is_over: bool = True


Outcome = Question | Done
_TEMPLATE = "admin/catalog/bulk/form.html"


if TYPE_CHECKING:
    _LocationField = forms.ModelChoiceField[Location]
else:
    _LocationField = forms.ModelChoiceField


class _LocationChoiceField(_LocationField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} – until {obj.end_of_day():%A, %d %b, %H:%M} local time"


class SwitchOffForm(forms.Form):
    location = _LocationChoiceField(
        Location.objects.none(), empty_label=None, widget=UnfoldAdminRadioSelectWidget()
    )


def switch_off(request: HttpRequest, staged: StagedEdit) -> Outcome:
    form = SwitchOffForm(request.POST if request.method == "POST" else None)
    field: Any = form.fields["location"]
    field.queryset = _locations(request, staged)
    first = field.queryset.first()
    field.initial = first.pk if first else None
    if form.is_valid():
        location = form.cleaned_data["location"]
        until = location.end_of_day()
        count = bulk_edits.switch_off(staged, location, until)
        return Done(
            f"{count:,} switched off at {location} until {until:%A, %d %b, %H:%M} local time."
        )
    lead = (
        "They come back on automatically when the location's next business day begins. Nothing"
        " changes at other locations."
    )
    context = {"title": "Switch off for the day", "form": form, "lead": lead, "go": "Switch off"}
    return Question(_TEMPLATE, context)


def _locations(request: HttpRequest, staged: StagedEdit) -> Any:
    locations = Location.objects.filter(merchant=staged.merchant_id, archived_at=None)
    limit = limit_of(request)
    return locations if limit is None else locations.filter(pk__in=limit)


class MoveForm(forms.Form):
    category = forms.ModelChoiceField(
        Category.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget()
    )
    others = forms.ChoiceField(
        label="Their current categories",
        choices=[
            ("leave", "Remove them: they are in the chosen category only."),
            ("keep", "Keep them: customers see the families in several categories."),
        ],
        initial="leave",
        widget=UnfoldAdminRadioSelectWidget(),
    )


def move(request: HttpRequest, staged: StagedEdit) -> Outcome:
    form = MoveForm(request.POST if request.method == "POST" else None)
    field: Any = form.fields["category"]
    categories = Category.objects.filter(merchant=staged.merchant_id, archived_at=None)
    field.queryset = categories.order_by("name", "pk")
    if form.is_valid():
        category = form.cleaned_data["category"]
        count = bulk_edits.move(staged, category, keep_others=form.cleaned_data["others"] == "keep")
        return Done(f"{count:,} moved to “{category}”.")
    lead = "They are added at the end of the category by name. Reorder them on its page."
    context = {"title": "Move to a category", "form": form, "lead": lead, "go": "Move"}
    return Question(_TEMPLATE, context)
