"""The pages of a merchant's drivers: the list, and one driver's name and number."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Location
from orders.models import Driver
from orders.staff_pages.access import scope_of
from orders.staff_pages.base import StaffPage
from orders.staff_pages.places import place_choices

from . import drivers
from .forms import DriverChangeForm, DriverForm

_MANAGE = "orders.manage_driver"


class DriverListPage(StaffPage):
    """Base of the pages: whoever sees orders sees them, owners and managers change them."""

    permission = "orders.view_order"

    def place(self) -> Location | None:
        """Return the chosen location, or the first; its country completes phone numbers."""
        locations = scope_of(self.request, self.person).locations
        return locations[0] if locations else None

    def managed_place(self) -> Location:
        """Return the same for a change. Raises PermissionDenied and Http404."""
        if not self.person.has_perm(_MANAGE):
            raise PermissionDenied
        place = self.place()
        if place is None:
            raise Http404("Choose a location first.")
        return place

    def back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("dispatch:drivers") + self.query())

    def query(self) -> str:
        return scope_of(self.request, self.person).query


class DriversPage(DriverListPage):
    """The list, and a form that adds a driver."""

    def get(self, request: HttpRequest) -> HttpResponse:
        place = self.place()
        if place is None:
            context = place_choices(self.person, reverse("dispatch:drivers"))
            return render(request, "board/locations.html", context)
        return self._list(place, DriverForm(location=place))

    def post(self, request: HttpRequest) -> HttpResponse:
        place = self.managed_place()
        form = DriverForm(request.POST, location=place)
        if form.is_valid():
            try:
                driver = drivers.add(place.merchant, **form.cleaned_data)
            except drivers.NumberTaken as taken:
                form.refuse_number(taken.driver)
            else:
                messages.success(request, _("%(name)s is in the list.") % {"name": driver.name})
                return self.back()
        return self._list(place, form)

    def _list(self, place: Location, form: DriverForm) -> HttpResponse:
        context = {
            "location": place,
            "drivers": drivers.listed(place.merchant),
            "form": form,
            "may_manage": self.person.has_perm(_MANAGE),
            "query": self.query(),
        }
        status = 400 if form.is_bound else 200
        here = reverse("dispatch:drivers") + self.query()
        return self.page("dispatch/drivers.html", context, here=here, status=status)


class ChangePage(DriverListPage):
    """A driver's name and number."""

    def get(self, request: HttpRequest, driver_id: int) -> HttpResponse:
        place = self.managed_place()
        driver = _driver(place, driver_id)
        return self._form(place, driver, DriverChangeForm(driver=driver, location=place))

    @transaction.atomic
    def post(self, request: HttpRequest, driver_id: int) -> HttpResponse:
        place = self.managed_place()
        listed = drivers.listed(place.merchant).select_for_update(no_key=True)
        driver = get_object_or_404(listed, pk=driver_id)
        form = DriverChangeForm(request.POST, driver=driver, location=place)
        if form.is_valid():
            try:
                drivers.change(driver, **form.cleaned_data)
            except drivers.NumberTaken as taken:
                form.refuse_number(taken.driver)
            else:
                messages.success(request, _("%(name)s is saved.") % {"name": driver.name})
                for sentence in form.kept_sentences():
                    messages.warning(request, _("Changed meanwhile: %s.") % sentence)
                return self.back()
        return self._form(place, driver, form)

    def _form(self, place: Location, driver: Driver, form: DriverChangeForm) -> HttpResponse:
        context = {"location": place, "driver": driver, "form": form, "query": self.query()}
        status = 400 if form.is_bound else 200
        return self.page("dispatch/driver_change.html", context, status=status)


class Activate(DriverListPage):
    """Deactivate a driver, or reactivate one (`active`: `yes` or `no`)."""

    def post(self, request: HttpRequest, driver_id: int) -> HttpResponse:
        driver = _driver(self.managed_place(), driver_id)
        is_active = request.POST.get("active") == "yes"
        drivers.set_active(driver, is_active=is_active)
        if is_active:
            text = _("%(name)s can be assigned again.") % {"name": driver.name}
            messages.success(request, text)
        else:
            messages.success(request, _deactivated(driver))
        return self.back()


def _driver(place: Location, driver_id: int) -> Driver:
    return get_object_or_404(drivers.listed(place.merchant), pk=driver_id)


def _deactivated(driver: Driver) -> str:
    left = drivers.open_deliveries(driver)
    if not left:
        return _("%(name)s is deactivated.") % {"name": driver.name}
    text = ngettext(
        "%(name)s is deactivated, and still has %(count)s delivery.",
        "%(name)s is deactivated, and still has %(count)s deliveries.",
        left,
    )
    return text % {"name": driver.name, "count": left}
