"""The base of the pages on which staff enter orders and assign drivers."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.db import DatabaseError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from catalog.locations.access import visible_locations
from catalog.models import Location
from integration.db.conflicts import message_for

from .access import StaffView
from .language import LANGUAGES, language_of

PLACE, DECIDE = "orders.place_order", "orders.decide_order"


def collision_message(error: DatabaseError) -> str | None:
    """Return a message for the user if concurrent writes caused the error, else None."""
    if message_for(error) is None:
        return None
    return _("Nothing was saved: someone else is changing the same data. Try again.")


class StaffPage(StaffView):
    """A whole page; a POST that collides with another one is shown again with a message."""

    permission = PLACE
    order_relations: ClassVar[Sequence[str]] = ("location", "merchant", "entered_by")

    def respond(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().respond(request, *args, **kwargs)
        except OperationalError as error:
            sentence = collision_message(error)
            if sentence is None or request.method != "POST":
                raise
            messages.error(request, sentence)
            return HttpResponseRedirect(request.get_full_path())

    def page(
        self, template: str, context: dict[str, Any], *, here: str = "", status: int = 200
    ) -> HttpResponse:
        """Render a page; `here` is its address if it answers a form posted elsewhere."""
        around = {
            "language": language_of(self.request),
            "languages": LANGUAGES,
            "here": here or self.request.get_full_path(),
        }
        return render(self.request, template, {**context, **around}, status=status)

    @property
    def locations(self) -> "QuerySet[Location]":
        """The locations that take orders from the user, with their merchants."""
        live = visible_locations(self.person).filter(archived_at=None)
        return live.select_related("merchant")

    def location(self, request: HttpRequest) -> Location:
        """Return the location that the address or the form names. Raises Http404."""
        provider_id = request.POST.get("location") or request.GET.get("location") or ""
        if "\0" in provider_id:  # PostgreSQL refuses it in a text.
            raise Http404
        return get_object_or_404(self.locations, provider_id=provider_id)
