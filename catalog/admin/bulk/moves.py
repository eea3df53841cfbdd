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
class Asked:
    """A page that asks."""

    template: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Done:
    """What was done, or why not; `is_over`: there is nothing more to ask."""

    sentence: str
    level: int = messages.SUCCESS
    is_over: bool = True


Answer = Asked | Done
_TEMPLATE = "admin/catalog/bulk/ask.html"


if TYPE_CHECKING:
    _LocationField = forms.ModelChoiceField[Location]
else:
    _LocationField = forms.ModelChoiceField


class _PlaceField(_LocationField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} – until {obj.end_of_day():%A, %d %b, %H:%M} there"


class SwitchOffForm(forms.Form):
    location = _PlaceField(
        Location.objects.none(), empty_label=None, widget=UnfoldAdminRadioSelectWidget()
    )


def switch_off(request: HttpRequest, staged: StagedEdit) -> Answer:
    form = SwitchOffForm(request.POST if request.method == "POST" else None)
    field: Any = form.fields["location"]
    field.queryset = _places(request, staged)
    first = field.queryset.first()
    field.initial = first.pk if first else None
    if form.is_valid():
        location = form.cleaned_data["location"]
        until = location.end_of_day()
        count = bulk_edits.switch_off(staged, location, until)
        return Done(f"{count:,} switched off at {location} until {until:%A, %d %b, %H:%M} there.")
    lead = (
        "They come back on by themselves when the next day of business begins there. Everywhere"
        " else they stay as they are."
    )
    context = {"title": "Switch off for the day", "form": form, "lead": lead, "go": "Switch off"}
    return Asked(_TEMPLATE, context)


def _places(request: HttpRequest, staged: StagedEdit) -> Any:
    places = Location.objects.filter(merchant=staged.merchant_id, archived_at=None)
    limit = limit_of(request)
    return places if limit is None else places.filter(pk__in=limit)


class MoveForm(forms.Form):
    category = forms.ModelChoiceField(
        Category.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget()
    )
    others = forms.ChoiceField(
        label="And the categories they are in now",
        choices=[
            ("leave", "They leave them: afterwards they are in the chosen category only."),
            ("keep", "They stay there, too: the customer finds them twice."),
        ],
        initial="leave",
        widget=UnfoldAdminRadioSelectWidget(),
    )


def move(request: HttpRequest, staged: StagedEdit) -> Answer:
    form = MoveForm(request.POST if request.method == "POST" else None)
    field: Any = form.fields["category"]
    mine = Category.objects.filter(merchant=staged.merchant_id, archived_at=None)
    field.queryset = mine.order_by("name", "pk")
    if form.is_valid():
        category = form.cleaned_data["category"]
        count = bulk_edits.move(staged, category, keep_others=form.cleaned_data["others"] == "keep")
        return Done(f"{count:,} are in “{category}” now.")
    lead = "They come last in the category, in the order of their names; drag them on its page."
    context = {"title": "Move to a category", "form": form, "lead": lead, "go": "Move"}
    return Asked(_TEMPLATE, context)
