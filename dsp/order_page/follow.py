"""The page of a placed order: its address is the only key to it, and needs no account."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from dsp.models import ChannelOrder
from dsp.orders import cancelation
from dsp.orders.shown_state import shown_state
from dsp.orders.transitions import ENDS, GUEST

from . import progress, words
from .base import GuestPage
from .cart import item_price
from .orders import order_of

State = ChannelOrder.State
_SOON = (State.AWAITING_PAYMENT, State.PLACED, State.SENT, State.UNCONFIRMED)
_SOON_SECONDS, _LATER_SECONDS = 5, 15


class FollowPage(GuestPage):
    """The whole page; it refreshes itself, with a script and without."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        order = self.order(key)
        context = self.context(order) | {
            "part": self.address("follow-state", key=key),
            "lines": [
                {"item": item, "price": item_price(item, order.currency)} for item in order.lines
            ],
            "total": words.money(order.total, order.currency),
        }
        return self.page("order/follow.html", context)

    def order(self, key: str) -> ChannelOrder:
        """Return the order of the address. Raises Http404, for another store's as for none."""
        order = order_of(self.store, key)
        if order is None:
            raise Http404
        return order

    def context(self, order: ChannelOrder) -> dict[str, Any]:
        """Return what changes while the guest waits."""
        shown = shown_state(order)
        refund = getattr(order, "refund", None)
        return {
            "number": order.number,
            "state": shown,
            "says": progress.sentence(order, shown),
            "hint": progress.hint(order),
            "tone": progress.tone(order.state),
            "ready": self._ready(order),
            "steps": list(self._steps(order)),
            "refund": progress.refund(refund) if refund else "",
            "may_cancel": cancelation.may_cancel(order, by_guest=True),
            "cancel": self.address("cancel", key=order.idempotency_key),
            "is_over": order.state in ENDS,
            "seconds": _SOON_SECONDS if order.state in _SOON else _LATER_SECONDS,
        }

    def _ready(self, order: ChannelOrder) -> str:
        is_ahead = order.state not in ENDS and order.state not in (State.READY,)
        return words.instant(order.ready_at, self.now, self.zone) if is_ahead else ""

    def _steps(self, order: ChannelOrder) -> Any:
        """Yield each change of state once; notes of the staff are none of the guest's business."""
        last = ""
        for step in order.history.all():
            if step.state != last:
                last = step.state
                yield words.instant(step.at, self.now, self.zone), progress.step(step.state)


class FollowState(FollowPage):
    """The part that changes, for the script: 304 while it is as the script has it."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        context = self.context(self.order(key))
        etag = f'"{hashlib.sha256(repr((self.language, context)).encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            response = HttpResponse(status=304)
        else:
            response = self.page("order/state.html", context)
        response["ETag"] = etag
        return response


class CancelOrder(FollowPage):
    """Cancel the order, while its guest may."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        try:
            cancelation.cancel(self.order(key).pk, GUEST, by_guest=True)
        except cancelation.TooLate:
            messages.warning(
                request, _("It is too late to cancel here: please call the restaurant.")
            )
        return HttpResponseRedirect(self.address("follow", key=key))
