"""The restaurant's own driver for an order, for the board and for the order's page."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from .. import drivers
from ..models import Order
from .access import DECIDE, StaffPage, person
from .forms import DriverForm


class DriverPage(StaffPage):
    """Assigns a driver, or another one; `next` may name a page of ours to go on to."""

    permission = DECIDE

    def get(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        order = self.order(request, order_id)
        phone = order.driver.get("phone") or {}
        known = {
            "name": order.driver.get("name", ""),
            "phone": phone.get("number", ""),
            "code": phone.get("code", ""),
        }
        return self._page(request, order, DriverForm(initial=known, location=order.location))

    def post(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        order = self.order(request, order_id)
        form = DriverForm(request.POST, location=order.location)
        if not form.is_valid():
            return self._page(request, order, form)
        try:
            is_new = drivers.assign(order.pk, **form.cleaned_data, by=person(request))
        except drivers.NotPossible as why_not:
            messages.warning(request, str(why_not))
        else:
            name = form.cleaned_data["name"]
            told = f"{name} delivers it." if is_new else f"{name} is its driver already."
            messages.success(request, told)
        here = reverse("instore:driver", args=[order.pk])
        return HttpResponseRedirect(_next(request) or here)

    def _page(self, request: HttpRequest, order: Order, form: DriverForm) -> HttpResponse:
        context = {
            "order": order,
            "location": order.location,
            "form": form,
            "takes_driver": drivers.takes_driver(order),
            "next": _next(request),
        }
        status = 400 if form.is_bound else 200
        return render(request, "board/new_driver.html", context, status=status)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else ""
