"""Switch items and modifiers off from an order line, list what is off, and switch it back on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.locations.access import visible_locations
from catalog.menu import availability
from catalog.models import Item, Location, ModifierGroup
from integration.db import database_time
from orders.models import OrderLine
from orders.staff_pages.access import BoardView, Scope, scope_of, without_nul
from orders.staff_pages.labels import local_time

_MAX_ROWS = 100  # Of each kind of object.
_HOUR = timedelta(hours=1)


class CountForm(forms.Form):
    """The new count of a sold-out item or modifier."""

    left = forms.IntegerField(min_value=1, max_value=100_000)


class SwitchView(BoardView):
    """Base of the views that respond with the list of what is off, under a notice."""

    permission = "catalog.switch_availability"

    def done(self, notice: str) -> HttpResponse:
        scope = scope_of(self.request, self.person)
        if self.is_live:
            return self.list(scope, notice)
        messages.success(self.request, notice)
        return HttpResponseRedirect(reverse("board:off") + scope.query)

    def list(self, scope: Scope, notice: str = "") -> HttpResponse:
        context = {
            "layout": "board/dialog_fragment.html" if self.is_live else "board/dialog_page.html",
            "rows": off_now(scope.locations),
            "are_several": len(scope.locations) > 1,
            "scope": scope,
            "notice": notice,
        }
        return render(self.request, "board/unavailable.html", context)


class OffNow(SwitchView):
    """List what is off or sold out."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.list(scope_of(request, self.person))


class SwitchOff(SwitchView):
    """Ask for how long, and switch the line's object off at the order's location."""

    def get(self, request: HttpRequest, line_id: UUID) -> HttpResponse:
        location, line, target = self._line_and_target(line_id)
        context = {
            "layout": "board/dialog_fragment.html" if self.is_live else "board/dialog_page.html",
            "line": line,
            "location": location,
            "target": target,
            "scope": scope_of(request, self.person),
            "day_ends": local_time(location, location.end_of_day()),
        }
        return render(request, "board/switch_off.html", context)

    def post(self, request: HttpRequest, line_id: UUID) -> HttpResponse:
        location, line, target = self._line_and_target(line_id)
        how = request.POST.get("how", "")
        if how not in ("stay", "day", "hour"):
            raise BadRequest("Choose how long it is off.")
        if target is None:
            return self.done(_("%(name)s is not on the menu any more.") % {"name": line.name})
        until = _switch_off(location, target, how)
        names = {"name": _name(target), "place": location.name}
        if until is None:
            return self.done(_("%(name)s is off at %(place)s until you switch it on.") % names)
        names["until"] = local_time(location, until)
        return self.done(_("%(name)s is off at %(place)s until %(until)s.") % names)

    def _line_and_target(self, line_id: UUID) -> tuple[Location, OrderLine, Any]:
        """Find a line of the person's orders, and its object on the menu (None when it is gone).

        Raises Http404 for any other line.
        """
        lines = OrderLine.objects.select_related("order__location")
        line = lines.filter(order__location__in=visible_locations(self.person), pk=line_id).first()
        if line is None:
            raise Http404("You have no such order.")
        location = line.order.location
        try:
            return location, line, availability.find(location, without_nul(line.provider_id))
        except availability.UnknownObject:
            return location, line, None


class BackOn(SwitchView):
    """Switch an object back on, or recount a sold-out one."""

    def post(self, request: HttpRequest) -> HttpResponse:
        locations = visible_locations(self.person).filter(archived_at=None)
        location = locations.filter(provider_id=without_nul(request.POST.get("at", ""))).first()
        if location is None:
            raise Http404("You have no such location.")
        try:
            target = availability.find(location, without_nul(request.POST.get("object", "")))
        except availability.UnknownObject as error:
            raise Http404("The location has no such object.") from error
        if "left" in request.POST and not isinstance(target, ModifierGroup):
            return self._recount(location, target)
        availability.switch(location, target, is_active=True)
        names = {"name": _name(target), "place": location.name}
        return self.done(_("%(name)s is back on at %(place)s.") % names)

    def _recount(self, location: Location, target: Any) -> HttpResponse:
        names = {"name": _name(target), "place": location.name}
        form = CountForm(self.request.POST)
        if not form.is_valid():
            notice = _("Enter how many of %(name)s are left: 1 to 100,000.") % names
            return self.list(scope_of(self.request, self.person), notice)
        left: int = form.cleaned_data["left"]
        availability.set_stock_count(location, target, left)
        return self.done(_("%(name)s: %(left)s left at %(place)s.") % {**names, "left": left})


def _switch_off(location: Location, target: Any, how: str) -> datetime | None:
    """Switch the object off; return the end, or None when it stays off until switched on."""
    if how == "day":
        return availability.switch_off_for_the_day(location, target)
    until = database_time.now() + _HOUR if how == "hour" else None
    availability.switch(location, target, is_active=False, until=until)
    return until


def off_now(locations: Any) -> list[dict[str, Any]]:
    """List what is off or sold out at the locations, with one query for each kind of object."""
    places = {location.pk: location for location in locations}
    rows: list[dict[str, Any]] = []
    for model in availability.SWITCHABLE.values():
        off = availability.unavailable_rows(model).filter(
            location__in=list(places), object__archived_at=None
        )
        for row in off.select_related(*model.names_from[:1])[:_MAX_ROWS]:
            rows.append(_row(row, places[row.location_id]))
    return sorted(rows, key=lambda row: (row["place"].name, row["name"]))


def _row(row: Any, place: Location) -> dict[str, Any]:
    until = row.inactive_until
    return {
        "name": _name(row.object),
        "object": row.object.provider_id,
        "place": place,
        "until": local_time(place, until) if until and not row.is_active else "",
        # Put back on sale by a recount, not by the switch.
        "is_sold_out": row.is_active,
    }


def _name(target: Any) -> str:
    """Return the display name; an item (size) is prefixed with its family's name."""
    return f"{target.family.name}, {target.name}" if isinstance(target, Item) else str(target.name)
