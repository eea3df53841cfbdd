"""The admin for followed orders: a searchable list, and a page for each order to read."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from catalog.admin.scope.location_limits import limit_of
from orders.admin.orders.erasure import FollowedErasureMixin
from orders.admin.shared.filters import LocationFilter
from orders.admin.shared.read_only import ReadOnlyAdmin
from orders.models import FollowedOrder
from orders.staff_pages import labels

from .filters import ChannelFilter, OwnOrderFilter, StatusFilter, UnassignedFilter
from .page import local_time, order_page
from .totals import in_currency


@admin.register(FollowedOrder)
class FollowedOrderAdmin(FollowedErasureMixin, ReadOnlyAdmin):
    list_display = [
        "number", "channel", "location_name", "shown_status", "shown_delivery", "customer",
        "shown_total", "due", "confirmed",
    ]  # fmt: skip
    list_select_related = ["location"]
    list_filter = [
        UnassignedFilter, LocationFilter, ChannelFilter, StatusFilter, OwnOrderFilter,
        ("confirmed_at", admin.DateFieldListFilter),
    ]  # fmt: skip
    search_fields = [
        "dsp_order_number", "dsp_order_id", "customer_name", "customer_phone", "=stream_order_id",
        "=stream_location_id", "=pk",
    ]  # fmt: skip
    search_help_text = "Order number, channel's order ID, customer, phone or Stream's ID"
    ordering = ["-confirmed_at"]
    actions = None
    object_fieldsets = [(None, {"fields": ["number"]})]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        orders = super().get_queryset(request).select_related("location", "merchant", "own_order")
        match = request.resolver_match
        if match and (match.url_name or "").endswith("_changelist"):
            orders = orders.defer("details")
        limit = limit_of(request)
        return orders if limit is None else orders.filter(location__in=limit)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.get_object(request, unquote(object_id))
        page: dict[str, Any] = {}
        if order is not None:
            erase = self.erase_url(request, order)
            page = {"order": order, "page": order_page(order), "erase": erase}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **page}
        )
        return response

    @display(description="number", ordering="dsp_order_number")
    def number(self, order: FollowedOrder) -> str:
        return order.dsp_order_number or order.stream_order_id[:8]

    @display(description="channel", ordering="source")
    def channel(self, order: FollowedOrder) -> str:
        return labels.channel(order.source)

    @display(description="location", ordering="location__name", empty_value="not known")
    def location_name(self, order: FollowedOrder) -> str | None:
        return order.location.name if order.location else None

    @display(description="status", ordering="status", empty_value="–")
    def shown_status(self, order: FollowedOrder) -> str | None:
        return labels.any_state(order.status) or None

    @display(description="delivery", ordering="delivery_status", empty_value="–")
    def shown_delivery(self, order: FollowedOrder) -> str | None:
        return labels.delivery(order.delivery_status) if order.delivery_status else None

    @display(description="customer", ordering="customer_name")
    def customer(self, order: FollowedOrder) -> str:
        return "erased" if order.erased_at is not None else order.customer_name

    @display(description="total", ordering="total", empty_value="–")
    def shown_total(self, order: FollowedOrder) -> str | None:
        return None if order.total is None else in_currency(order.total, order.currency)

    @display(description="due", ordering="due_at", empty_value="–")
    def due(self, order: FollowedOrder) -> str | None:
        return local_time(order, order.due_at) or None

    @display(description="confirmed", ordering="confirmed_at")
    def confirmed(self, order: FollowedOrder) -> str:
        return local_time(order, order.confirmed_at)
