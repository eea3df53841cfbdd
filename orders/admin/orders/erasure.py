"""The button that erases an order's personal data at the customer's request."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import signed_in_user
from integration.webhooks import redaction
from orders.models import Order
from orders.privacy import erasure
from orders.privacy.details import StillOpen
from orders.states import ENDS


class ErasureMixin(ButtonsMixin):
    """The erase button, for owners and our own staff."""

    buttons: ClassVar[list[str]] = ["erase"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return signed_in_user(request).has_perm("orders.erase_order")

    def erase_url(self, request: HttpRequest, order: Order) -> str:
        """Return the URL of the button on the order's page; empty when there is no button."""
        is_over = order.state in ENDS and order.erased_at is None
        if not (is_over and self.has_erase_permission(request)):
            return ""
        return reverse("admin:orders_order_press", args=[order.pk, "erase"])

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for order in queryset:
            try:
                is_new = erasure.erase_order(order.pk, by=signed_in_user(request))
            except (StillOpen, redaction.StillWaiting) as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                text = (
                    "Personal data erased." if is_new else "Its personal data was already erased."
                )
                self.message_user(request, f"{order}: {text}")
