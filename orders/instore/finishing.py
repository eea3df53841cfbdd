"""The end of entering an order: customer and payment, and the page of the order that was placed."""

import uuid

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from catalog.models import Location
from integration import currency, explaining
from integration.admin.collisions import sentence_for
from integration.models import Endpoint, OutboundEvent

from ..delivery import in_words
from ..drivers import takes_driver
from ..life import SentToStream
from ..models import Order
from . import drafts, placing, sending, shown
from .access import DECIDE, StaffPage, person
from .drafts import Draft
from .forms import WishForm
from .menu import menu_or_404
from .pricing import Quote, quote

_FIELD_LENGTH = 500
_LOOK_AGAIN_SECONDS = 3


class FinishPage(StaffPage):
    """Who it is for, how it goes out, how it is paid; then it is placed, once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        draft = drafts.open_draft(request.session, location)
        if not draft.lines:
            messages.warning(request, "The order is empty: choose something first.")
            return HttpResponseRedirect(shown.address("new", location))
        # Kept, so that the key of this page is the key of the order.
        drafts.keep(request.session, location, draft)
        form = WishForm(initial=draft.details or None, location=location)
        return _page(request, location, draft, _quote(draft, location), form, [])

    def post(self, request: HttpRequest) -> HttpResponse:
        location = self.location(request)
        draft = drafts.open_draft(request.session, location)
        known = placing.find(location, request.POST.get("key", ""))
        if known is not None:
            if draft.key == request.POST.get("key"):
                drafts.forget(request.session, location)
            messages.info(request, f"This order was placed already: {known}.")
            return HttpResponseRedirect(reverse("instore:placed", args=[known.pk]))
        form = WishForm(request.POST, location=location)
        draft.details = _details(request)
        drafts.keep(request.session, location, draft)
        if request.POST.get("do") == "more" or not draft.lines:
            return HttpResponseRedirect(shown.address("new", location))
        priced = _quote(draft, location)
        problems = _problems(request, priced)
        if not problems and form.is_valid():
            try:
                return self._place(request, location, draft, priced, form)
            except placing.Refused as refused:
                problems = refused.reasons
        return _page(request, location, draft, priced, form, problems)

    def _place(
        self,
        request: HttpRequest,
        location: Location,
        draft: Draft,
        priced: Quote,
        form: WishForm,
    ) -> HttpResponse:
        try:
            order = placing.place(location, draft.key, priced, form.wish(), by=person(request))
        except OperationalError as error:
            sentence = sentence_for(error)
            if sentence is None:
                raise
            raise placing.Refused([sentence]) from error
        drafts.forget(request.session, location)
        messages.success(request, f"Order {order.dsp_order_number} is placed.")
        return HttpResponseRedirect(reverse("instore:placed", args=[order.pk]))


class PlacedPage(StaffPage):
    """An order that was entered here: whether Stream has it, and what can be done about it."""

    def get(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        order = self.order(request, order_id)
        event = _newest_event(order)
        is_waiting = order.sent_to_stream == SentToStream.WAITING
        context = {
            "order": order,
            "location": order.location,
            "total": currency.as_text(order.total, order.currency),
            "lines": order.lines.filter(parent=None),
            "delivery": in_words(order.delivery_status),
            "by": order.entered_by.get_full_name() if order.entered_by else "",
            "may_send": sending.is_sendable(order),
            "is_again": order.sent_to_stream == SentToStream.FAILED,
            "explained": _explained(event) if is_waiting or _has_failed(order) else "",
            "takes_driver": takes_driver(order) and person(request).has_perm(DECIDE),
            "new": shown.address("new", order.location),
        }
        response = render(request, "board/new_placed.html", context)
        if is_waiting:  # It looks again by itself, without a script.
            response["Refresh"] = str(_LOOK_AGAIN_SECONDS)
        return response

    def post(self, request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
        """Sends it to Stream, or again."""
        order = self.order(request, order_id)
        try:
            sending.send(order.pk, by=person(request))
        except sending.NotPossible as why_not:
            messages.warning(request, str(why_not))
        else:
            messages.success(request, "Stream is asked to deliver it.")
        return HttpResponseRedirect(reverse("instore:placed", args=[order.pk]))


def _page(
    request: HttpRequest,
    location: Location,
    draft: Draft,
    priced: Quote,
    form: WishForm,
    problems: list[str],
) -> HttpResponse:
    context = {
        "location": location,
        "form": form,
        "key": draft.key,
        "cart": shown.cart(draft, priced, location),
        "problems": problems,
        "back": shown.address("new", location),
    }
    is_wrong = bool(problems) or (form.is_bound and not form.is_valid())
    return render(request, "board/new_finish.html", context, status=400 if is_wrong else 200)


def _quote(draft: Draft, location: Location) -> Quote:
    return quote(draft, menu_or_404(location), location)


def _problems(request: HttpRequest, priced: Quote) -> list[str]:
    """The customer was told a total: another one must be looked at first."""
    if request.POST.get("total", "") == str(priced.total):
        return []
    return ["The order or its prices have changed meanwhile: look at the total and place it again."]


def _details(request: HttpRequest) -> dict[str, str]:
    """What was written, for when they come back to this page."""
    return {
        name: request.POST[name][:_FIELD_LENGTH]
        for name in WishForm.base_fields
        if name in request.POST
    }


def _newest_event(order: Order) -> OutboundEvent | None:
    events = OutboundEvent.objects.filter(
        # The condition of the index that finds it (outbound_of_order).
        event_type__startswith="order.",
        ordering_key=f"order/{order.provider_id}",
        merchant=order.merchant_id,
    )
    return events.filter(event_type=sending.EVENT).order_by("-pk").first()


def _explained(event: OutboundEvent | None) -> str:
    if event is None:
        return ""
    endpoint = Endpoint.objects.filter(pk=event.endpoint).first()
    return explaining.explain(event, endpoint, timezone.now())


def _has_failed(order: Order) -> bool:
    return order.sent_to_stream == SentToStream.FAILED
