"""The button that erases personal data from one order, when the customer asks for it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import person
from integration.webhooks import redaction
from orders.models import Order
from orders.privacy import erasure
from orders.states import ENDS


class ErasingMixin(ButtonsMixin):
    """For owners and our own staff."""

    buttons: ClassVar[list[str]] = ["erase"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("orders.erase_order")

    def erase_address(self, request: HttpRequest, order: Order) -> str:
        """Where the order's page sends its button; empty when it has none."""
        is_over = order.state in ENDS and order.erased_at is None
        if not (is_over and self.has_erase_permission(request)):
            return ""
        return reverse("admin:orders_order_press", args=[order.pk, "erase"])

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for order in queryset:
            try:
                is_new = erasure.erase_one(order.pk, by=person(request))
            except (erasure.StillOpen, redaction.OnTheWay) as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                said = "Personal data was erased." if is_new else "It was erased before."
                self.message_user(request, f"{order}: {said}")
