"""Actions on an order from its card.

A press returns the updated card, or without JavaScript redirects to the board. If somebody else
acted first, the card says what state the order is in now.
"""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from integration.db import database_time
from orders.forms import RejectForm
from orders.lifecycle import acceptance, transitions
from orders.models import Order
from orders.staff_pages import labels
from orders.staff_pages.access import BoardView, scope_of
from orders.staff_pages.base import collision_message
from orders.states import State

from . import card_cache
from .cancel_form import CancelForm
from .cards import Card
from .columns import viewer_context
from .queries import CANCELED

# Done by one press; canceling asks for a reason first.
_MOVES = frozenset({State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY, State.COMPLETED})


class ActionView(BoardView):
    """Base of the views that act on one of the person's orders."""

    permission = "orders.decide_order"

    def act(self, order: Order, action: Callable[[UUID], Order]) -> HttpResponse:
        notice = ""
        try:
            action(order.pk)
        except (acceptance.AlreadyDecided, transitions.NotPossible):
            order = self.order(order.pk)
            state = labels.state(order.state)
            notice = _("Somebody else was faster. The order is now: %(state)s.") % {"state": state}
        except OperationalError as error:
            notice = collision_message(error) or ""
            if not notice:
                raise
        return self.answer(order.pk, notice)

    def answer(self, order_id: UUID, notice: str = "") -> HttpResponse:
        """Return the order's current card."""
        order = self.order(order_id)
        now = database_time.now()
        card = Card(order, now, notice)
        scope = scope_of(self.request, self.person)
        if self.is_live:
            card_cache.render([card], viewer_context(scope), now)
            return HttpResponse(card.html)
        if notice:
            messages.warning(self.request, f"{card.number}: {notice}")
        back = reverse("board:page") + scope.query
        return HttpResponseRedirect(f"{back}#order-{order.pk}")

    def ask(self, template: str, order: Order, form: forms.Form) -> HttpResponse:
        """Show the form; with status 422 when the submitted one was invalid."""
        context = {
            "layout": "board/dialog_fragment.html" if self.is_live else "board/dialog_page.html",
            "card": Card(order, database_time.now()),
            "form": form,
            "scope": scope_of(self.request, self.person),
        }
        response = render(self.request, template, context, status=422 if form.is_bound else 200)
        if form.is_bound:
            response["HX-Retarget"], response["HX-Reswap"] = "#asked", "innerHTML"
        return response


class Accept(ActionView):
    """Accept the order with the promised prep time, or `more` minutes later."""

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, by = self.order(order_id), self.person
        minutes = _prep_time(order, request.POST.get("more", ""))

        def accept(key: UUID) -> Order:
            return acceptance.accept(key, by=by, prep_time_minutes=minutes)

        return self.act(order, accept)


class Reject(ActionView):
    """Ask why, and reject the order."""

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.ask("board/reject.html", self.order(order_id), RejectForm())

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, form, by = self.order(order_id), RejectForm(request.POST), self.person
        if not form.is_valid():
            return self.ask("board/reject.html", order, form)
        refused = form.refusal()
        return self.act(order, lambda key: acceptance.reject(key, refused, by=by))


class Move(ActionView):
    """Move an accepted order to its next state."""

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, to, by = self.order(order_id), request.POST.get("to", ""), self.person
        if to not in _MOVES:
            raise BadRequest("Name the state to move the order to.")
        return self.act(order, lambda key: transitions.move(key, State(to), by=by))


class Cancel(ActionView):
    """Ask why, and cancel the order."""

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.ask("board/cancel.html", self.order(order_id), CancelForm())

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, form, by = self.order(order_id), CancelForm(request.POST), self.person
        if not form.is_valid():
            return self.ask("board/cancel.html", order, form)
        to, reason = State.MERCHANT_CANCELED, form.reason()
        return self.act(order, lambda key: transitions.move(key, to, by=by, reason=reason))


class Seen(ActionView):
    """Record that somebody saw the cancelation; only the first time counts."""

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order = self.order(order_id)
        unseen = Order.objects.filter(pk=order.pk, state__in=sorted(CANCELED), seen_at=None)
        unseen.update(seen_at=database_time.now())
        return self.answer(order.pk)


def _prep_time(order: Order, more: str) -> int | None:
    """Return the new prep time in minutes; None keeps the promised one.

    Raises BadRequest for a delay that no button offers.
    """
    if not more:
        return None
    offered = {
        str(choice["more"]): choice["minutes"] for choice in Card(order, database_time.now()).later
    }
    if more not in offered:
        raise BadRequest("Choose one of the delays that the buttons offer.")
    return offered[more]
