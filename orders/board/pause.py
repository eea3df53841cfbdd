"""Pausing the locations of the board, and resuming them."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.locations import pause as location_pause
from catalog.locations.access import visible_locations
from catalog.models import Location
from integration import wakeups
from orders.staff_pages.access import BoardView, scope_of, searchable
from orders.staff_pages.labels import moment

_FOR = {"half": timedelta(minutes=30), "hour": timedelta(hours=1)}
_HOW = frozenset({"half", "hour", "day", "stay", "resume"})


class Pause(BoardView):
    """Whoever works at the stove sees first that it is too much: every role may."""

    permission = "catalog.pause_location"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._list("")

    def post(self, request: HttpRequest) -> HttpResponse:
        mine = visible_locations(self.person).filter(archived_at=None)
        location = mine.filter(provider_id=searchable(request.POST.get("at", ""))).first()
        if location is None:
            raise Http404("You have no such location.")
        how = request.POST.get("how", "")
        if how not in _HOW:
            raise BadRequest("Say for how long.")
        notice = _done(location, how)
        wakeups.on_commit("catalog.tasks.refresh", location.merchant_id)
        if self.is_live:
            return self._list(notice)
        messages.success(request, notice)
        return HttpResponseRedirect(reverse("board:page") + scope_of(request, self.person).query)

    def _list(self, notice: str) -> HttpResponse:
        scope = scope_of(self.request, self.person)
        context = {
            "layout": "board/piece.html" if self.is_live else "board/alone.html",
            "places": [_standing(one) for one in scope.locations],
            "scope": scope,
            "notice": notice,
        }
        return render(self.request, "board/pause.html", context)


def _done(location: Location, how: str) -> str:
    said: dict[str, Any] = {"place": location.name}
    if how == "resume":
        location_pause.resume(location)
        return _("%(place)s takes orders again.") % said
    if how == "stay":
        location_pause.pause(location)
        return _("%(place)s is paused until somebody resumes it.") % said
    until = location.end_of_day() if how == "day" else timezone.now() + _FOR[how]
    location_pause.pause(location, until=until)
    said["until"] = moment(location, until)
    return _("%(place)s is paused until %(until)s.") % said


def _standing(location: Location) -> dict[str, Any]:
    until = location.paused_until
    return {
        "place": location,
        "is_paused": location.is_paused(),
        "until": moment(location, until) if until else "",
    }
