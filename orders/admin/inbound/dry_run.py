"""The page "Rehearsal": what would become of an order, and why. Nothing is written."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Location
from integration.admin.shared.tenancy import chosen_merchant, person
from integration.models import Merchant
from orders.inbound.dry_run import NotReadable, Rehearsal, read, rehearse
from orders.inbound.views import BODY_LIMIT
from orders.models import InboundEvent

_SHOWN_LINES = 500
_COLORS = {"passed": "success", "refused": "danger"}


class RehearsalForm(forms.Form):
    body = forms.CharField(
        label="The order",
        strip=False,
        max_length=BODY_LIMIT,
        widget=UnfoldAdminTextareaWidget({"rows": 14, "spellcheck": "false", "class": "sp-code"}),
        help_text="An order.created as Stream sends it, or only its object.",
        error_messages={"required": "Paste an order."},
    )
    location = forms.ChoiceField(
        label="At",
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="Where it is judged, if it does not name one of these locations itself.",
    )

    def __init__(self, locations: "QuerySet[Location]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._locations = locations
        choices = [(one.provider_id, one.name) for one in locations.filter(archived_at=None)]
        field: Any = self.fields["location"]
        field.choices = [("", "the location that the order names"), *choices]

    def rehearsal(self, merchant: Merchant) -> Rehearsal | None:
        """None when something is wrong with the form, which its fields then say."""
        if not self.is_valid():
            return None
        try:
            sent = read(self.cleaned_data["body"])
        except NotReadable as error:
            self.add_error("body", str(error))
            return None
        named = self._named(sent.location_id)
        location = named or self._named(self.cleaned_data["location"])
        wanted = f"The order is for the location {sent.location_id[:100]}, which is none of yours"
        if location is None:
            self.add_error("location", f"{wanted}: choose one.")
            return None
        found = rehearse(merchant, location, sent)
        if named is None:
            found.note = f"{wanted}: Stream would be told so. It is judged as if it were for here."
        return found

    def _named(self, provider_id: str) -> Location | None:
        if not provider_id or "\0" in provider_id:
            return None
        return self._locations.filter(provider_id=provider_id).first()


def respond(request: HttpRequest, context: dict[str, Any], events: Any) -> HttpResponse:
    """The page; our own staff choose a merchant first. `events`: those the person may see."""
    merchant = person(request).merchant or chosen_merchant(request)
    if merchant is None:
        return _choice(request, context)
    limit = limit_of(request)
    locations = Location.objects.filter(merchant=merchant)
    locations = locations if limit is None else locations.filter(pk__in=limit)
    asked = request.POST if request.method == "POST" else None
    form = RehearsalForm(locations, asked, initial={"body": _kept(request, events)})
    found = form.rehearsal(merchant) if asked is not None else None
    page = {
        "title": "Rehearsal",
        "merchant": merchant,
        "form": form,
        "found": found,
        "lines": found.lines[:_SHOWN_LINES] if found else [],
        "verdicts": [(one, _COLORS.get(one.result, "")) for one in found.verdicts] if found else [],
    }
    return TemplateResponse(request, "admin/orders/rehearsal.html", {**context, **page})


def _kept(request: HttpRequest, events: "QuerySet[InboundEvent]") -> str:
    """The body of a received event, when the address names one."""
    said = request.GET.get("event", "")
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        return ""
    event = events.filter(pk=said).first()
    return event.text if event else ""


def _choice(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    choices = [(one, f"merchant={one.pk}") for one in Merchant.objects.order_by("name")]
    page = {
        "title": "Rehearsal: of which merchant?",
        "lead": "An order is judged by one merchant's menu.",
        "choices": choices,
    }
    return TemplateResponse(request, "admin/choose_merchant.html", {**context, **page})
