"""Actions on the dispatch page: assign a driver to several deliveries, mark one out or delivered.

A press of the page's script gets a fragment back; without JavaScript it redirects to the page. If
somebody else acted first, the answer says what is true now.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.lifecycle import transitions
from orders.models import Driver
from orders.staff_pages.access import BoardView, scope_of
from orders.staff_pages.base import DECIDE, collision_message

from . import deliveries, driver_assignment, progress
from .cards import Card, number_of
from .columns import render as render_cards
from .columns import viewer_context
from .driver_assignment import MOST_AT_ONCE, Deliverable, Outcome, Result

_MARKS = {"out": progress.mark_out, "delivered": progress.mark_delivered}


class DispatchAction(BoardView):
    """Base of the views that act on deliveries."""

    permission = DECIDE

    def back(self) -> HttpResponse:
        scope = scope_of(self.request, self.person)
        return HttpResponseRedirect(reverse("dispatch:page") + scope.query)


class Mark(DispatchAction):
    """Mark a delivery as `to`: `out` or `delivered`."""

    def post(self, request: HttpRequest, kind: str, order_id: UUID) -> HttpResponse:
        order, to = deliveries.find(self.person, kind, order_id), request.POST.get("to", "")
        if to not in _MARKS:
            raise BadRequest("Say whether it is out or delivered.")
        notice = ""
        try:
            _MARKS[to](order, by=self.person)
        except (progress.NotPossible, transitions.NotPossible):
            notice = _("Somebody else was faster.")
        except OperationalError as error:
            notice = collision_message(error) or ""
            if not notice:
                raise
        return self._answer(kind, order_id, notice)

    def _answer(self, kind: str, order_id: UUID, notice: str) -> HttpResponse:
        order = deliveries.find(self.person, kind, order_id)
        delivery = deliveries.Delivery(order, deliveries.assignments([order]).get(order.pk))
        card = Card(delivery, timezone.now(), notice)
        if self.is_live:
            scope = scope_of(self.request, self.person)
            return HttpResponse(render_cards([card], viewer_context(scope))[0])
        if notice:
            messages.warning(self.request, f"{card.number}: {notice}")
        return self.back()


class Assign(DispatchAction):
    """Assign one driver to the chosen deliveries, each named with the assignment shown of it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = _chosen(request)
        driver_id = request.POST.get("driver", "")
        if not chosen:
            return self._answer("warning", _("Choose deliveries first."))
        if not driver_id.isdecimal() or len(driver_id) > 18:
            return self._answer("warning", _("Choose a driver."))
        orders = self._orders(chosen)
        driver = deliveries.driver_for(orders, int(driver_id))
        seen = {key: assignment for _kind, key, assignment in chosen}
        try:
            results = driver_assignment.assign(orders, driver, by=self.person, seen=seen)
        except driver_assignment.Deactivated:
            text = _("%(name)s was deactivated meanwhile.") % {"name": driver.name}
            return self._answer("warning", text)
        except OperationalError as error:
            text = collision_message(error) or ""
            if not text:
                raise
            return self._answer("error", text)
        return self._report(driver, results)

    def _orders(self, chosen: Sequence[tuple[str, UUID, int]]) -> list[Deliverable]:
        return [
            order
            for kind in (deliveries.OWN, deliveries.FOLLOWED)
            if (keys := [key for its_kind, key, _seen in chosen if its_kind == kind])
            for order in deliveries.find_all(self.person, kind, keys)
        ]

    def _report(self, driver: Driver, results: Sequence[Result]) -> HttpResponse:
        count = Counter(result.outcome for result in results)
        done = count[Outcome.ASSIGNED] + count[Outcome.ALREADY]
        texts = []
        if done:
            text = ngettext(
                "%(name)s delivers %(count)s order.", "%(name)s delivers %(count)s orders.", done
            )
            texts.append(text % {"name": driver.name, "count": done})
        if taken := _numbers(results, Outcome.TAKEN):
            text = _("Somebody else was faster and chose another driver: %(numbers)s.")
            texts.append(text % {"numbers": taken})
        if over := _numbers(results, Outcome.OVER, Outcome.NOT_OURS):
            text = _("Over, or delivered by someone else: %(numbers)s.")
            texts.append(text % {"numbers": over})
        level = "success" if done == len(results) else "warning"
        return self._answer(level, " ".join(texts))

    def _answer(self, level: str, text: str) -> HttpResponse:
        if self.is_live:
            context = {"note": text, "level": level}
            return render(self.request, "dispatch/note.html", context)
        messages.add_message(self.request, getattr(messages, level.upper()), text)
        return self.back()


def _chosen(request: HttpRequest) -> list[tuple[str, UUID, int]]:
    """Return kind, key and the assignment shown of each chosen delivery. Raises BadRequest."""
    sent = request.POST.getlist("delivery")
    if len(sent) > MOST_AT_ONCE:
        raise BadRequest(f"Choose at most {MOST_AT_ONCE} deliveries.")
    try:
        return [_read(text) for text in sent]
    except ValueError as error:
        raise BadRequest("Choose the deliveries on the page.") from error


def _read(text: str) -> tuple[str, UUID, int]:
    kind, key, seen = text.split(":")
    return kind, UUID(key), int(seen)


def _numbers(results: Sequence[Result], *outcomes: Outcome) -> str:
    return ", ".join(number_of(order) for order, outcome in results if outcome in outcomes)
