"""Accept and reject pending orders: one on its page, or several in the list."""

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
from integration.admin.shared.tenancy import signed_in_user
from integration.db.conflicts import message_for
from orders.lifecycle import acceptance
from orders.models import Order
from orders.states import State

from .accept_form import AcceptForm
from .reject_form import RejectForm

_REJECT_PAGE = "admin:orders_order_reject"
_MAX_ORDERS = 50  # One page of the list.


class DecisionsMixin(ButtonsMixin):
    """Accept and reject actions; every role may use them on the orders that it sees."""

    actions = ["accept", "reject"]
    buttons: ClassVar[list[str]] = ["accept"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.reject_view)
        return [path("reject/", view, name="orders_order_reject"), *super().get_urls()]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return signed_in_user(request).has_perm("orders.decide_order")

    def pending_decision(self, request: HttpRequest, order: Order) -> dict[str, Any] | None:
        """Return the decision box of the order's page; None when no decision is pending."""
        seconds = acceptance.seconds_left(order)
        if seconds is None:
            return None
        may_decide = self.has_decide_permission(request)
        accept = (
            reverse("admin:orders_order_press", args=[order.pk, "accept"]) if may_decide else ""
        )
        reject = reject_url([order]) if may_decide else ""
        minutes = AcceptForm(initial={"prep_time_minutes": order.prep_time_minutes})
        return {
            "seconds": seconds,
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
            text = f"Nothing was accepted. Prep time (minutes): {errors}"
            self.message_user(request, text, messages.ERROR)
            return
        by, minutes = signed_in_user(request), form.cleaned_data["prep_time_minutes"]
        self._decide(
            request,
            queryset,
            "accepted",
            lambda key: acceptance.accept(key, by=by, prep_time_minutes=minutes),
        )

    @admin.action(description="Reject …", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        waiting = queryset.filter(state=State.PENDING).order_by("created_at")[:_MAX_ORDERS]
        if not waiting:
            self.message_user(
                request, "None of these orders is waiting for a decision.", messages.WARNING
            )
            return None
        return HttpResponseRedirect(reject_url(waiting))

    def reject_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the reason. The query string names the orders."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        chosen = self.get_queryset(request).filter(pk__in=_keys(request.GET))
        waiting = list(chosen.filter(state=State.PENDING).order_by("created_at"))
        form = RejectForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            refused, by = form.refusal(), signed_in_user(request)
            self._decide(
                request, chosen, "rejected", lambda key: acceptance.reject(key, refused, by=by)
            )
        elif waiting:
            return self._ask_reason(request, waiting, form)
        else:
            self.message_user(
                request, "None of these orders is waiting for a decision.", messages.WARNING
            )
        return HttpResponseRedirect(_return_url(chosen))

    def _ask_reason(
        self, request: HttpRequest, waiting: list[Any], form: RejectForm
    ) -> HttpResponse:
        first = acceptance.seconds_left(waiting[0])
        then = DefaultDecision(waiting[0].location.default_decision).label
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Reject",
            "chosen": ", ".join(str(order) for order in waiting),
            "lead": f"The first one {then} automatically in {first} seconds.",
            "form": form,
            "go": "Reject",
        }
        return TemplateResponse(request, "admin/catalog/bulk/form.html", context)

    def _decide(
        self,
        request: HttpRequest,
        chosen: "QuerySet[Any]",
        outcome: str,
        decide: Callable[[UUID], Order],
    ) -> None:
        """Decide each order in its own transaction, skipping those already decided."""
        decided = []
        for order in chosen.order_by("created_at"):
            try:
                decide(order.pk)
            except acceptance.AlreadyDecided as late:
                self.message_user(request, f"{order}: {late}", messages.WARNING)
            except OperationalError as error:
                sentence = message_for(error)
                if sentence is None:
                    raise
                self.message_user(request, f"{order}: {sentence}", messages.ERROR)
            else:
                decided.append(str(order))
        if decided:
            self.message_user(request, f"{', '.join(decided)}: {outcome}.")


def reject_url(orders: Iterable[Order]) -> str:
    query = QueryDict(mutable=True)
    query.setlist("order", [str(order.pk) for order in orders])
    return f"{reverse(_REJECT_PAGE)}?{query.urlencode()}"


def _keys(query: QueryDict) -> list[UUID]:
    """Return the order keys in the query, without malformed ones."""
    keys = []
    for text in query.getlist("order")[:_MAX_ORDERS]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys


def _return_url(chosen: "QuerySet[Any]") -> str:
    """Return the URL of the order when there is exactly one, else of the list."""
    keys = list(chosen.values_list("pk", flat=True)[:2])
    if len(keys) == 1:
        return reverse("admin:orders_order_change", args=keys)
    return reverse("admin:orders_order_changelist")
