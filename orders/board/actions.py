"""What staff do with an order from its card.

A press answers with the card as it is afterwards, or without JavaScript goes back to the board.
Whoever comes late reads on the card what the order is now.
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
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.forms import RejectForm
from orders.lifecycle import acceptance, transitions
from orders.models import Order
from orders.staff_pages import labels
from orders.staff_pages.access import BoardView, scope_of
from orders.staff_pages.base import collision
from orders.states import State

from . import card_cache
from .cancel_form import CancelForm
from .cards import Card
from .columns import around_cards
from .queries import CANCELED

# By a press alone; canceling asks first.
_MOVES = frozenset({State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY, State.COMPLETED})


class ActView(BoardView):
    """Does something to one order of the person's."""

    permission = "orders.decide_order"

    def act(self, order: Order, does: Callable[[UUID], Order]) -> HttpResponse:
        notice = ""
        try:
            does(order.pk)
        except (acceptance.AlreadyDecided, transitions.NotPossible):
            order = self.order(order.pk)
            state = labels.state(order.state)
            notice = _("Somebody was quicker. The order is now: %(state)s.") % {"state": state}
        except OperationalError as error:
            notice = collision(error) or ""
            if not notice:
                raise
        return self.answer(order.pk, notice)

    def answer(self, order_id: UUID, notice: str = "") -> HttpResponse:
        """The order's card as it is now."""
        order = self.order(order_id)
        now = timezone.now()
        card = Card(order, now, notice)
        scope = scope_of(self.request, self.person)
        if self.is_live:
            card_cache.render([card], around_cards(scope), now)
            return HttpResponse(card.html)
        if notice:
            messages.warning(self.request, f"{card.number}: {notice}")
        back = reverse("board:page") + scope.query
        return HttpResponseRedirect(f"{back}#order-{order.pk}")

    def ask(self, template: str, order: Order, form: forms.Form) -> HttpResponse:
        """Shows the question; 422 when the answer to it was not one."""
        context = {
            "layout": "board/piece.html" if self.is_live else "board/alone.html",
            "card": Card(order, timezone.now()),
            "form": form,
            "scope": scope_of(self.request, self.person),
        }
        answer = render(self.request, template, context, status=422 if form.is_bound else 200)
        if form.is_bound:
            answer["HX-Retarget"], answer["HX-Reswap"] = "#asked", "innerHTML"
        return answer


class Accept(ActView):
    """As promised, or `more` minutes later."""

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, by = self.order(order_id), self.person
        minutes = _minutes(order, request.POST.get("more", ""))

        def accept(key: UUID) -> Order:
            return acceptance.accept(key, by=by, prep_time_minutes=minutes)

        return self.act(order, accept)


class Reject(ActView):
    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.ask("board/reject.html", self.order(order_id), RejectForm())

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, form, by = self.order(order_id), RejectForm(request.POST), self.person
        if not form.is_valid():
            return self.ask("board/reject.html", order, form)
        refused = form.refusal()
        return self.act(order, lambda key: acceptance.reject(key, refused, by=by))


class Move(ActView):
    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, said, by = self.order(order_id), request.POST.get("to", ""), self.person
        if said not in _MOVES:
            raise BadRequest("Say where the order is to be moved.")
        return self.act(order, lambda key: transitions.move(key, State(said), by=by))


class Cancel(ActView):
    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.ask("board/cancel.html", self.order(order_id), CancelForm())

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order, form, by = self.order(order_id), CancelForm(request.POST), self.person
        if not form.is_valid():
            return self.ask("board/cancel.html", order, form)
        to, reason = State.MERCHANT_CANCELED, form.reason()
        return self.act(order, lambda key: transitions.move(key, to, by=by, reason=reason))


class Seen(ActView):
    """Somebody saw that the order was canceled; of several who say so the first counts."""

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        order = self.order(order_id)
        unseen = Order.objects.filter(pk=order.pk, state__in=sorted(CANCELED), seen_at=None)
        unseen.update(seen_at=timezone.now())
        return self.answer(order.pk)


def _minutes(order: Order, more: str) -> int | None:
    """None leaves what was promised. Raises BadRequest for what no button offers."""
    if not more:
        return None
    offered = {str(one["more"]): one["minutes"] for one in Card(order, timezone.now()).later}
    if more not in offered:
        raise BadRequest("Say by how many minutes it is later, as a button has it.")
    return offered[more]
