"""The page "Dry run": judge a pasted order and explain the result. Nothing is written."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Location
from integration.admin.shared.tenancy import chosen_merchant, signed_in_user
from integration.models import Merchant
from orders.inbound.dry_run import DryRun, UnreadableEvent, evaluate, read
from orders.inbound.views import BODY_LIMIT
from orders.models import InboundEvent

_SHOWN_LINES = 500
_COLORS = {"passed": "success", "refused": "danger"}


class DryRunForm(forms.Form):
    body = forms.CharField(
        label="Order",
        strip=False,
        max_length=BODY_LIMIT,
        widget=UnfoldAdminTextareaWidget({"rows": 14, "spellcheck": "false", "class": "sp-code"}),
        help_text="An order.created event as Stream sends it, or only its object.",
        error_messages={"required": "Paste an order."},
    )
    location = forms.ChoiceField(
        label="Location",
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text="Used when the order does not name one of these locations.",
    )

    def __init__(self, locations: "QuerySet[Location]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._locations = locations
        choices = [
            (location.provider_id, location.name) for location in locations.filter(archived_at=None)
        ]
        field: Any = self.fields["location"]
        field.choices = [("", "The location named in the order"), *choices]

    def dry_run(self, merchant: Merchant) -> DryRun | None:
        """Judge the pasted order. None when the form is invalid; its fields hold the errors."""
        if not self.is_valid():
            return None
        try:
            sent = read(self.cleaned_data["body"])
        except UnreadableEvent as error:
            self.add_error("body", str(error))
            return None
        named = self._named(sent.location_id)
        location = named or self._named(self.cleaned_data["location"])
        wrong_location = f"The order names location {sent.location_id[:100]}, which is not yours"
        if location is None:
            self.add_error("location", f"{wrong_location}. Choose one.")
            return None
        result = evaluate(merchant, location, sent)
        if named is None:
            result.note = (
                f"{wrong_location}. Stream would get a refusal; this is judged as if for here."
            )
        return result

    def _named(self, provider_id: str) -> Location | None:
        if not provider_id or "\0" in provider_id:
            return None
        return self._locations.filter(provider_id=provider_id).first()


def respond(request: HttpRequest, context: dict[str, Any], events: Any) -> HttpResponse:
    """Show the page; our own staff choose a merchant first.

    `events` holds the received events that the person may see.
    """
    merchant = signed_in_user(request).merchant or chosen_merchant(request)
    if merchant is None:
        return _merchant_choice(request, context)
    limit = limit_of(request)
    locations = Location.objects.filter(merchant=merchant)
    locations = locations if limit is None else locations.filter(pk__in=limit)
    data = request.POST if request.method == "POST" else None
    form = DryRunForm(locations, data, initial={"body": _stored_body(request, events)})
    result = form.dry_run(merchant) if data is not None else None
    page = {
        "title": "Dry run",
        "merchant": merchant,
        "form": form,
        "found": result,
        "lines": result.lines[:_SHOWN_LINES] if result else [],
        "verdicts": [(row, _COLORS.get(row.result, "")) for row in result.verdicts]
        if result
        else [],
    }
    return TemplateResponse(request, "admin/orders/dry_run.html", {**context, **page})


def _stored_body(request: HttpRequest, events: "QuerySet[InboundEvent]") -> str:
    """Return the body of the received event named in the URL, or an empty text."""
    key = request.GET.get("event", "")
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return ""
    event = events.filter(pk=key).first()
    return event.text if event else ""


def _merchant_choice(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    choices = [
        (merchant, f"merchant={merchant.pk}") for merchant in Merchant.objects.order_by("name")
    ]
    page = {
        "title": "Dry run: choose a merchant",
        "lead": "An order is checked against one merchant's menu.",
        "choices": choices,
    }
    return TemplateResponse(request, "admin/choose_merchant.html", {**context, **page})
