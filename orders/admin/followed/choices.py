"""The choice of a location among those of every merchant, for our own staff."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from catalog.models import Location
from integration.admin.shared.autocomplete import TenantAutocomplete

if TYPE_CHECKING:
    _LocationField = forms.ModelChoiceField[Location]
else:
    _LocationField = forms.ModelChoiceField

CHOICES_URL = "orders_streamlocation_choices"
_PER_PAGE = 20
_MAX_WORDS = 10


class LocationChoice(_LocationField):
    """A field that names each location with its merchant."""

    def label_from_instance(self, location: Location) -> str:
        return label_of(location)


class LocationAutocomplete(TenantAutocomplete):
    """Searches the locations of every merchant."""

    def get_url(self) -> str:
        return reverse(f"admin:{CHOICES_URL}")


def label_of(location: Location) -> str:
    text = f"{location.merchant}: {location.name}, {location.city}"
    return f"{text} (archived)" if location.archived_at is not None else text


def choices() -> "QuerySet[Location]":
    """Return the locations that an ID can be mapped to: all that are not archived."""
    return Location.objects.filter(archived_at=None).select_related("merchant")


def found_choices(request: HttpRequest) -> JsonResponse:
    """Answer the search of the widget with a page of choices that match every word."""
    found = choices().order_by("merchant__name", "name", "pk")
    for word in request.GET.get("term", "").split()[:_MAX_WORDS]:
        found = found.filter(
            Q(name__icontains=word)
            | Q(merchant__name__icontains=word)
            | Q(city__icontains=word)
            | Q(provider_id=word)
        )
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    results: list[dict[str, Any]] = [
        {"id": str(location.pk), "text": label_of(location)} for location in page
    ]
    return JsonResponse({"results": results, "pagination": {"more": page.has_next()}})
