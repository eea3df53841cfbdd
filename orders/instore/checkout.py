"""Checkout of an in-store order: customer and payment, then the page of the placed order."""

import uuid

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Location
from integration import currency
from orders.dispatch.driver_assignment import takes_driver
from orders.staff_pages import labels
from orders.staff_pages.base import DECIDE, StaffPage, collision_message
from orders.staff_pages.endings import endings
from orders.staff_pages.handover import Handover
from orders.staff_pages.lines import lines_by_order
from orders.states import SentToStream

from . import delivery_request, delivery_text, drafts, place_order, presenters
from .drafts import Draft
from .forms import CheckoutForm
from .menu import menu_or_404
from .pricing import Quote, quote

_FIELD_LENGTH = 500
_REFRESH_SECONDS = 3


class FinishPage(StaffPage):
    """Ask for the customer, fulfillment and payment, then place the order exactly once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        draft = drafts.open_draft(request.session, location)
        if not draft.lines:
            messages.warning(request, _("The order is empty: choose something first."))
            return HttpResponseRedirect(presenters.page_url("new", location))
        # Saved, so that this page's key becomes the order's idempotency key.
        drafts.save_draft(request.session, location, draft)
        form = CheckoutForm(initial=draft.details or None, location=location)
        return self._page(location, draft, _quote(draft, location), form, [])

    def post(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        draft = drafts.open_draft(request.session, location)
        placed = place_order.find_order(location, request.POST.get("key", ""))
        if placed is not None:
            if draft.key == request.POST.get("key"):
                drafts.discard_draft(request.session, location)
            text = _("This order was already placed: %(number)s.")
            messages.info(request, text % {"number": placed.dsp_order_number})
            return HttpResponseRedirect(reverse("instore:placed", args=[placed.pk]))
        form = CheckoutForm(request.POST, location=location)
        draft.details = _details(request)
        drafts.save_draft(request.session, location, draft)
        if request.POST.get("do") == "more" or not draft.lines:
            return HttpResponseRedirect(presenters.page_url("new", location))
        priced = _quote(draft, location)
        problems = _problems(request, priced)
        if not problems and form.is_valid():
            try:
                return self._place(request, location, draft, priced, form)
            except place_order.Refused as refused:
                problems = refused.reasons
        return self._page(location, draft, priced, form, problems)

    def _page(
        self,
        location: Location,
        draft: Draft,
        priced: Quote,
        form: CheckoutForm,
        problems: list[str],
    ) -> HttpResponse:
        here = presenters.page_url("finish", location)
        context = {
            "location": location,
            "form": form,
            "key": draft.key,
            "cart": presenters.cart_context(draft, priced, location),
            "problems": problems,
            "back": presenters.page_url("new", location),
        }
        is_wrong = bool(problems) or (form.is_bound and not form.is_valid())
        status = 400 if is_wrong else 200
        return self.page("instore/checkout.html", context, here=here, status=status)

    def _place(
        self,
        request: HttpRequest,
        location: Location,
        draft: Draft,
        priced: Quote,
        form: CheckoutForm,
    ) -> HttpResponse:
        try:
            order = place_order.place(
                location, draft.key, priced, form.order_details(), by=self.person
            )
        except OperationalError as error:
            sentence = collision_message(error)
            if sentence is None:
                raise
            raise place_order.Refused([sentence]) from error
        drafts.discard_draft(request.session, location)
        text = _("Order %(number)s is placed.") % {"number": order.dsp_order_number}
        messages.success(request, text)
        return HttpResponseRedirect(reverse("instore:placed", args=[order.pk]))


class PlacedPage(StaffPage):
    """A placed in-store order: its delivery to Stream, and the actions on it."""

    def get(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        order = self.order(order_id)
        is_waiting = order.sent_to_stream == SentToStream.WAITING
        has_failed = order.sent_to_stream == SentToStream.FAILED
        context = {
            "order": order,
            "state": labels.state(order.state),
            "location": order.location,
            "total": currency.as_text(order.total, order.currency),
            "lines": lines_by_order([order])[order.pk],
            "handover": Handover(order),
            "due": labels.local_time(order.location, order.due_at),
            "ending": endings([order]).get(order.pk, {}),
            "wants_utensils": order.details.get("should_include_utensils"),
            "delivery": labels.delivery(order.delivery_status),
            "by": order.entered_by.get_full_name() if order.entered_by else "",
            "may_send": delivery_request.is_sendable(order),
            "is_again": has_failed,
            "explained": delivery_text.explain_delivery(order) if is_waiting or has_failed else "",
            "takes_driver": takes_driver(order) and self.person.has_perm(DECIDE),
            "new": presenters.page_url("new", order.location),
        }
        response = self.page("instore/placed.html", context)
        if is_waiting:  # Reloads without JavaScript.
            response["Refresh"] = str(_REFRESH_SECONDS)
        return response

    def post(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        """Send the order to Stream, or resend it."""
        order = self.order(order_id)
        try:
            delivery_request.send(order.pk, by=self.person)
        except delivery_request.NotPossible as why_not:
            messages.warning(request, str(why_not))
        else:
            messages.success(request, _("Stream has been asked to deliver it."))
        return HttpResponseRedirect(reverse("instore:placed", args=[order.pk]))


def _quote(draft: Draft, location: Location) -> Quote:
    return quote(draft, menu_or_404(location), location)


def _problems(request: HttpRequest, priced: Quote) -> list[str]:
    """Return a problem when the total has changed since it was shown to the customer."""
    if request.POST.get("total", "") == str(priced.total):
        return []
    return [_("The order or its prices have changed: check the total and place it again.")]


def _details(request: HttpRequest) -> dict[str, str]:
    """Return what was entered, to fill the form again later."""
    return {
        name: request.POST[name][:_FIELD_LENGTH]
        for name in CheckoutForm.base_fields
        if name in request.POST
    }
