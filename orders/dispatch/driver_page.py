"""The page that assigns the restaurant's own driver, for the board and the order's page."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Order
from orders.staff_pages import labels
from orders.staff_pages.access import next_page
from orders.staff_pages.base import DECIDE, StaffPage
from orders.states import ENDS, State

from . import driver_assignment
from .forms import DriverForm


class DriverPage(StaffPage):
    """Assign or replace a driver; `next` may name a page of ours to go to afterwards."""

    permission = DECIDE

    def get(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        order = self.order(order_id)
        phone = order.driver.get("phone") or {}
        known = {
            "name": order.driver.get("name", ""),
            "phone": phone.get("number", ""),
            "code": phone.get("code", ""),
        }
        return self._page(order, DriverForm(initial=known, location=order.location))

    def post(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        order = self.order(order_id)
        form = DriverForm(request.POST, location=order.location)
        if not form.is_valid():
            return self._page(order, form)
        try:
            is_new = driver_assignment.assign(order.pk, **form.cleaned_data, by=self.person)
        except driver_assignment.NotPossible:
            messages.warning(request, _why_not(self.order(order_id)))
        else:
            text = _("%(name)s delivers it.") if is_new else _("%(name)s is already the driver.")
            messages.success(request, text % {"name": form.cleaned_data["name"]})
        here = reverse("instore:driver", args=[order.pk])
        return HttpResponseRedirect(next_page(request) or here)

    def _page(self, order: Order, form: DriverForm) -> HttpResponse:
        number = order.dsp_order_number or str(order.pk)[:8]
        context = {
            "order": order,
            "title": f"{labels.channel(order.channel)} {number}",
            "state": labels.state(order.state),
            "location": order.location,
            "form": form,
            "takes_driver": driver_assignment.takes_driver(order),
            "next": next_page(self.request),
        }
        here = reverse("instore:driver", args=[order.pk])
        if context["next"]:
            here += f"?{urlencode({'next': context['next']})}"
        status = 400 if form.is_bound else 200
        return self.page("instore/driver.html", context, here=here, status=status)


def _why_not(order: Order) -> str:
    if State(order.state) in ENDS:
        return _("This order is over: %(state)s.") % {"state": labels.state(order.state)}
    return _("Only an order that the restaurant delivers itself can have a driver of its own.")
