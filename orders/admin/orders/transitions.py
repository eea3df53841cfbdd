"""Transitions of an accepted order in the admin: ready, out for delivery, complete, cancel."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.views.generic import RedirectView
from unfold.widgets import UnfoldAdminTextInputWidget

from integration.admin.shared.tenancy import signed_in_user
from integration.db.conflicts import message_for
from integration.readable_texts import ReadableTexts
from orders.lifecycle import transitions
from orders.models import Order
from orders.protocol.responses import REASON_LENGTH
from orders.states import State

from .acceptance import DecisionsMixin

# The name, label and icon of the button for each target state.
_STEPS = {
    State.READY_FOR_PICKUP: ("ready", "Ready", "room_service"),
    State.OUT_FOR_DELIVERY: ("out_for_delivery", "Out for delivery", "local_shipping"),
    State.COMPLETED: ("complete", "Complete", "check_circle"),
}


class CancelForm(ReadableTexts, forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget({"placeholder": "The customer called and canceled."}),
        help_text="Kept in the order's history. Stream is told only that the order is canceled.",
    )


class TransitionsMixin(DecisionsMixin):
    """Move accepted orders on, as their lifecycle allows (contract LIFE).

    The permission is the same as for accepting and rejecting.
    """

    actions = ["accept", "reject", "ready", "complete"]
    buttons: ClassVar[list[str]] = ["accept", "ready", "out_for_delivery", "complete"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.cancel_view)
        cancel = path("<path:object_id>/cancel/", view, name="orders_order_cancel")
        enter = self.admin_site.admin_view(RedirectView.as_view(pattern_name="instore:new"))
        return [cancel, path("enter/", enter, name="orders_order_enter"), *super().get_urls()]

    def available_moves(self, request: HttpRequest, order: Order) -> dict[str, Any] | None:
        """Return the buttons for the order's page; None when there are none."""
        is_pending = order.state == State.PENDING  # Then it is accepted or rejected instead.
        if is_pending or not order.staff_moves or not self.has_decide_permission(request):
            return None
        steps = [_STEPS[to] for to in order.staff_moves if to in _STEPS]
        return {
            "steps": [
                {
                    "text": text,
                    "icon": icon,
                    "url": reverse("admin:orders_order_press", args=[order.pk, button]),
                }
                for button, text, icon in steps
            ],
            "cancel": reverse("admin:orders_order_cancel", args=[order.pk]),
            "form": CancelForm(),
        }

    @admin.action(description="Ready", permissions=["decide"])
    def ready(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._move(request, queryset, State.READY_FOR_PICKUP)

    @admin.action(description="Out for delivery", permissions=["decide"])
    def out_for_delivery(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._move(request, queryset, State.OUT_FOR_DELIVERY)

    @admin.action(description="Complete", permissions=["decide"])
    def complete(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        self._move(request, queryset, State.COMPLETED)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Cancel one order, with a reason."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_decide_permission(request):
            raise PermissionDenied
        order = self.get_object(request, unquote(object_id))
        if order is None:  # Another merchant's, or deleted.
            raise Http404
        form = CancelForm(request.POST)
        if form.is_valid():
            chosen = self.get_queryset(request).filter(pk=order.pk)
            self._move(request, chosen, State.MERCHANT_CANCELED, form.cleaned_data["reason"])
        else:
            error = form.errors.get("reason", [""])[0]
            self.message_user(request, f"{order} was not canceled: {error}", messages.ERROR)
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))

    def _move(
        self, request: HttpRequest, chosen: "QuerySet[Any]", to: State, reason: str = ""
    ) -> None:
        """Move each order in its own transaction, skipping those that cannot move there."""
        moved = []
        for order in chosen.order_by("created_at"):
            if self._move_one(request, order, to, reason):
                moved.append(str(order))
        if moved:
            self.message_user(request, f"{', '.join(moved)}: {to.label}.")

    def _move_one(self, request: HttpRequest, order: Any, to: State, reason: str) -> bool:
        try:
            transitions.move(order.pk, to, by=signed_in_user(request), reason=reason)
        except transitions.NotPossible as why_not:
            self.message_user(request, f"{order}: {why_not}", messages.WARNING)
        except OperationalError as error:
            sentence = message_for(error)
            if sentence is None:
                raise
            self.message_user(request, f"{order}: {sentence}", messages.ERROR)
        else:
            return True
        return False
