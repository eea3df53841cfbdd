"""The page that assigns our driver to one order: one from the list, or a new one."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Driver, Order
from orders.staff_pages import labels
from orders.staff_pages.access import next_page
from orders.staff_pages.base import DECIDE, StaffPage
from orders.staff_pages.handover import Handover

from . import deliveries, driver_assignment, drivers
from .cards import number_of, state_of, title_of
from .delivery_status import is_over
from .driver_assignment import Deliverable, Outcome
from .forms import ChooseDriverForm, DriverForm


class DriverPage(StaffPage):
    """Assign or replace a driver; `next` may name a page of ours to go to afterwards.

    Whoever may assign a driver may add one here who is not in the list.
    """

    permission = DECIDE

    def get(
        self, request: HttpRequest, order_id: uuid.UUID, kind: str = deliveries.OWN
    ) -> HttpResponse:
        return self._page(deliveries.find(self.person, kind, order_id))

    def post(
        self, request: HttpRequest, order_id: uuid.UUID, kind: str = deliveries.OWN
    ) -> HttpResponse:
        order = deliveries.find(self.person, kind, order_id)
        assert order.location is not None
        merchant = order.location.merchant
        if "driver" in request.POST:
            choose = ChooseDriverForm(request.POST, drivers=drivers.active(merchant))
            if not choose.is_valid():
                return self._page(order, choose=choose)
            return self._assign(order, choose.cleaned_data["driver"])
        add = DriverForm(request.POST, location=order.location)
        if not add.is_valid():
            return self._page(order, add=add)
        if not driver_assignment.takes_driver(order):
            return self._refuse(order)
        try:
            driver = drivers.find_or_add(merchant, **add.cleaned_data)
        except drivers.NumberTaken as taken:
            add.refuse_number(taken.driver)
            return self._page(order, add=add)
        return self._assign(order, driver)

    def _assign(self, order: Deliverable, driver: Driver) -> HttpResponse:
        try:
            ((_order, outcome),) = driver_assignment.assign([order], driver, by=self.person)
        except driver_assignment.Deactivated:
            text = _("%(name)s was deactivated meanwhile.") % {"name": driver.name}
            messages.warning(self.request, text)
            return self._leave(order)
        if outcome in (Outcome.OVER, Outcome.NOT_OURS):
            return self._refuse(deliveries.find(self.person, deliveries.kind_of(order), order.pk))
        is_new = outcome == Outcome.ASSIGNED
        text = _("%(name)s delivers it.") if is_new else _("%(name)s is already the driver.")
        messages.success(self.request, text % {"name": driver.name})
        return self._leave(order)

    def _refuse(self, order: Deliverable) -> HttpResponse:
        if is_over(order):
            text = _("This order is over: %(state)s.") % {"state": state_of(order)}
        else:
            text = _(
                "Only an order that the restaurant delivers itself can have a driver of its own."
            )
        messages.warning(self.request, text)
        return self._leave(order)

    def _leave(self, order: Deliverable) -> HttpResponse:
        return HttpResponseRedirect(next_page(self.request) or _address(order))

    def _page(
        self,
        order: Deliverable,
        *,
        choose: ChooseDriverForm | None = None,
        add: DriverForm | None = None,
    ) -> HttpResponse:
        assert order.location is not None
        listed = drivers.active(order.location.merchant)
        present = deliveries.assignments([order]).get(order.pk)
        initial = {"driver": present.driver_id if present else None}
        back = next_page(self.request)
        context = {
            "order": order,
            "title": title_of(order),
            "state": state_of(order),
            "handover": Handover(order),
            "number": number_of(order),
            "due": labels.local_time(order.location, order.due_at) if order.due_at else "",
            "location": order.location,
            "choose": choose or ChooseDriverForm(initial=initial, drivers=listed),
            "add": add or DriverForm(location=order.location),
            "is_list_empty": not listed.exists(),
            "is_adding": add is not None,
            "takes_driver": driver_assignment.takes_driver(order),
            "next": back,
            "back": back or _details(order),
        }
        here = _address(order) + (f"?{urlencode({'next': back})}" if back else "")
        status = 400 if choose or add else 200
        return self.page("instore/driver.html", context, here=here, status=status)


def _address(order: Deliverable) -> str:
    if isinstance(order, Order):
        return reverse("instore:driver", args=[order.pk])
    return reverse("dispatch:driver", args=[deliveries.FOLLOWED, order.pk])


def _details(order: Deliverable) -> str:
    if isinstance(order, Order):
        return reverse("admin:orders_order_change", args=[order.pk])
    return reverse("dispatch:details", args=[deliveries.FOLLOWED, order.pk])
