"""The button that erases the personal data of an order at the customer's request."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from integration.admin.shared.object_buttons import ButtonsMixin
from integration.admin.shared.tenancy import signed_in_user
from integration.models import User
from integration.webhooks import redaction
from orders.models import FollowedOrder, Order
from orders.privacy import erasure, followed
from orders.privacy.details import StillOpen
from orders.states import ENDS


class ErasureMixin(ButtonsMixin):
    """The erase button, for owners and our own staff."""

    buttons: ClassVar[list[str]] = ["erase"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return signed_in_user(request).has_perm("orders.erase_order")

    def is_over(self, order: Any) -> bool:
        return isinstance(order, Order) and order.state in ENDS

    def erase_one(self, order: Any, by: User) -> bool:
        return erasure.erase_order(order.pk, by=by)

    def erase_url(self, request: HttpRequest, order: Any) -> str:
        """Return the URL of the button on the order's page; empty when there is no button."""
        is_offered = order.erased_at is None and self.is_over(order)
        if not (is_offered and self.has_erase_permission(request)):
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_press"
        return reverse(name, args=[order.pk, "erase"])

    @admin.action(description="Erase personal data", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for order in queryset:
            try:
                is_new = self.erase_one(order, signed_in_user(request))
            except (StillOpen, redaction.StillWaiting) as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                text = (
                    "Personal data erased." if is_new else "Its personal data was already erased."
                )
                self.message_user(request, f"{order}: {text}")


class FollowedErasureMixin(ErasureMixin):
    """The same for an order that another POS took."""

    def is_over(self, order: Any) -> bool:
        return isinstance(order, FollowedOrder) and not followed.is_open(order)

    def erase_one(self, order: Any, by: User) -> bool:
        return erasure.erase_followed(order.pk, by=by)
