"""Pause and resume the board's locations."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.locations import pause as location_pause
from catalog.locations.access import visible_locations
from catalog.models import Location
from integration import wakeups
from integration.db import database_time
from orders.staff_pages.access import BoardView, scope_of, without_nul
from orders.staff_pages.labels import local_time

_DURATIONS = {"half": timedelta(minutes=30), "hour": timedelta(hours=1)}
_HOW = frozenset({"half", "hour", "day", "stay", "resume"})


class Pause(BoardView):
    """List the locations, and pause or resume one. Every role may: cooks notice first."""

    permission = "catalog.pause_location"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._list("")

    def post(self, request: HttpRequest) -> HttpResponse:
        locations = visible_locations(self.person).filter(archived_at=None)
        location = locations.filter(provider_id=without_nul(request.POST.get("at", ""))).first()
        if location is None:
            raise Http404("You have no such location.")
        how = request.POST.get("how", "")
        if how not in _HOW:
            raise BadRequest("Choose for how long.")
        notice = _apply(location, how)
        wakeups.on_commit("catalog.tasks.refresh", location.merchant_id)
        if self.is_live:
            return self._list(notice)
        messages.success(request, notice)
        return HttpResponseRedirect(reverse("board:page") + scope_of(request, self.person).query)

    def _list(self, notice: str) -> HttpResponse:
        scope = scope_of(self.request, self.person)
        context = {
            "layout": "board/dialog_fragment.html" if self.is_live else "board/dialog_page.html",
            "places": [_row(location) for location in scope.locations],
            "scope": scope,
            "notice": notice,
        }
        return render(self.request, "board/pause.html", context)


def _apply(location: Location, how: str) -> str:
    """Pause or resume the location; return the notice to show."""
    names: dict[str, Any] = {"place": location.name}
    if how == "resume":
        location_pause.resume(location)
        return _("%(place)s takes orders again.") % names
    if how == "stay":
        location_pause.pause(location)
        return _("%(place)s is paused until somebody resumes it.") % names
    until = location.end_of_day() if how == "day" else database_time.now() + _DURATIONS[how]
    location_pause.pause(location, until=until)
    names["until"] = local_time(location, until)
    return _("%(place)s is paused until %(until)s.") % names


def _row(location: Location) -> dict[str, Any]:
    until = location.paused_until
    return {
        "place": location,
        "is_paused": location.is_paused(),
        "until": local_time(location, until) if until else "",
    }
