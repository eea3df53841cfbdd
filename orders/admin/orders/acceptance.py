"""Accepting and rejecting orders that wait for it: on an order's page, and several in the list."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse

from catalog.models import DefaultDecision
from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import person
from integration.db.conflicts import sentence_for
from orders.lifecycle import acceptance
from orders.models import Order
from orders.states import State

from .accept_form import AcceptForm
from .reject_form import RejectForm

_ADDRESS = "admin:orders_order_reject"
_MOST_AT_ONCE = 50  # As many as a page of the list shows.


class DecisionsMixin(ButtonsMixin):
    """Every role may decide, on the orders that it sees."""

    actions = ["accept", "reject"]
    buttons: ClassVar[list[str]] = ["accept"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.reject_view)
        return [path("reject/", view, name="orders_order_reject"), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("orders.decide_order")

    def wait_of(self, request: HttpRequest, order: Order) -> dict[str, Any] | None:
        """For the order's page; None when nobody has to decide."""
        left = acceptance.seconds_left(order)
        if left is None:
            return None
        may = self.has_decide_permission(request)
        accept = reverse("admin:orders_order_press", args=[order.pk, "accept"]) if may else ""
        reject = reject_address([order]) if may else ""
        minutes = AcceptForm(initial={"prep_time_minutes": order.prep_time_minutes})
        return {
            "seconds": left,
            "then": DefaultDecision(order.location.default_decision).label,
            "accept": accept,
            "reject": reject,
            "form": RejectForm(),
            "minutes": minutes,
        }

    @admin.action(description="Accept", permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        form = AcceptForm(request.POST)
        if not form.is_valid():
            errors = " ".join(map(str, form.errors["prep_time_minutes"]))
            said = f"Nothing was accepted. Ready in (minutes): {errors}"
            self.message_user(request, said, messages.ERROR)
            return
        by, minutes = person(request), form.cleaned_data["prep_time_minutes"]
        self._decide(
            request,
            queryset,
            "accepted",
            lambda key: acceptance.accept(key, by=by, prep_time_minutes=minutes),
        )

    @admin.action(description="Reject …", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        waiting = queryset.filter(state=State.PENDING).order_by("created_at")[:_MOST_AT_ONCE]
        if not waiting:
            self.message_user(request, "None of them waits for a decision.", messages.WARNING)
            return None
        return HttpResponseRedirect(reject_address(waiting))

    def reject_view(self, request: HttpRequest) -> HttpResponse:
        """Asks for the reason. The orders stand in the address."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        chosen = self.get_queryset(request).filter(pk__in=_keys(request.GET))
        waiting = list(chosen.filter(state=State.PENDING).order_by("created_at"))
        form = RejectForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            refused, by = form.refusal(), person(request)
            self._decide(
                request, chosen, "rejected", lambda key: acceptance.reject(key, refused, by=by)
            )
        elif waiting:
            return self._ask(request, waiting, form)
        else:
            self.message_user(request, "None of them waits for a decision.", messages.WARNING)
        return HttpResponseRedirect(_back(chosen))

    def _ask(self, request: HttpRequest, waiting: list[Any], form: RejectForm) -> HttpResponse:
        first = acceptance.seconds_left(waiting[0])
        then = DefaultDecision(waiting[0].location.default_decision).label
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Reject",
            "chosen": ", ".join(str(order) for order in waiting),
            "lead": f"The first {then} by itself in {first} seconds.",
            "form": form,
            "go": "Reject",
        }
        return TemplateResponse(request, "admin/catalog/bulk/ask.html", context)

    def _decide(
        self,
        request: HttpRequest,
        chosen: "QuerySet[Any]",
        what: str,
        decide: Callable[[UUID], Order],
    ) -> None:
        """Each order by itself: of several, those that still wait are decided."""
        decided = []
        for order in chosen.order_by("created_at"):
            try:
                decide(order.pk)
            except acceptance.AlreadyDecided as late:
                self.message_user(request, f"{order}: {late}", messages.WARNING)
            except OperationalError as error:
                sentence = sentence_for(error)
                if sentence is None:
                    raise
                self.message_user(request, f"{order}: {sentence}", messages.ERROR)
            else:
                decided.append(str(order))
        if decided:
            self.message_user(request, f"{', '.join(decided)}: {what}.")


def reject_address(orders: Iterable[Order]) -> str:
    query = QueryDict(mutable=True)
    query.setlist("order", [str(order.pk) for order in orders])
    return f"{reverse(_ADDRESS)}?{query.urlencode()}"


def _keys(query: QueryDict) -> list[UUID]:
    """What is no key is no order."""
    keys = []
    for said in query.getlist("order")[:_MOST_AT_ONCE]:
        try:
            keys.append(UUID(said))
        except ValueError:
            continue
    return keys


def _back(chosen: "QuerySet[Any]") -> str:
    """To the order that it was about, or to the list."""
    keys = list(chosen.values_list("pk", flat=True)[:2])
    if len(keys) == 1:
        return reverse("admin:orders_order_change", args=keys)
    return reverse("admin:orders_order_changelist")
