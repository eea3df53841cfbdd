"""The admin for orders: a searchable list, and a page for each order with its actions."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from unfold.decorators import display

from catalog.admin.scope.location_limits import limit_of
from integration import currency
from integration.admin.shared.tenancy import signed_in_user
from orders.admin.inbound import dry_run
from orders.admin.reports.page import ReportsMixin
from orders.admin.shared.filters import ChannelFilter, LocationFilter
from orders.admin.shared.read_only import ReadOnlyAdmin
from orders.dispatch.driver_assignment import takes_driver
from orders.models import InboundEvent, Order
from orders.states import State, StreamKnows

from .erasure import ErasureMixin
from .page import local_time, order_page
from .transitions import TransitionsMixin

_COLORS = {
    State.PENDING.label: "warning",
    State.IN_PROGRESS.label: "info",
    State.READY_FOR_PICKUP.label: "primary",
    State.OUT_FOR_DELIVERY.label: "primary",
    State.COMPLETED.label: "success",
    State.FAILED.label: "danger",
    State.REJECTED.label: "danger",
    State.MERCHANT_CANCELED.label: "danger",
    State.DSP_CANCELED.label: "danger",
}

_KNOWN_COLORS = {
    StreamKnows.WAITING.label: "info",
    StreamKnows.TOLD.label: "success",
    StreamKnows.UNKNOWN.label: "danger",
}


@admin.register(Order)
class OrderAdmin(ReportsMixin, ErasureMixin, TransitionsMixin, ReadOnlyAdmin):
    buttons: ClassVar[list[str]] = [*TransitionsMixin.buttons, *ErasureMixin.buttons]
    list_display = [
        "number", "channel", "location_name", "shown_state", "shown_stream_knows",
        "customer", "shown_total", "created",
    ]  # fmt: skip
    list_select_related = ["location"]
    list_filter = [
        "state", "stream_knows", LocationFilter, ChannelFilter,
        ("created_at", admin.DateFieldListFilter),
    ]  # fmt: skip
    search_fields = ["dsp_order_number", "dsp_order_id", "customer_name", "=pk"]
    search_help_text = "Order number, channel's order ID, customer or key"
    ordering = ["-created_at"]
    object_fieldsets = [(None, {"fields": ["number"]})]
    list_before_template = "admin/orders/list_before.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.dry_run_view)
        return [path("rehearsal/", view, name="orders_order_rehearsal"), *super().get_urls()]

    def dry_run_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        events = self.admin_site.get_model_admin(InboundEvent).get_queryset(request)
        return dry_run.respond(request, self.admin_site.each_context(request), events)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        orders = super().get_queryset(request).select_related("location", "entered_by")
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
            may_see_sent = signed_in_user(request).has_perm("integration.view_outboundevent")
            page = {
                "order": order,
                "page": order_page(order, may_see_sent=may_see_sent),
                "wait": self.pending_decision(request, order),
                "moves": self.available_moves(request, order),
                "erase": self.erase_url(request, order),
                "takes_driver": takes_driver(order) and self.has_decide_permission(request),
            }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **page}
        )
        return response

    @display(description="number", ordering="dsp_order_number")
    def number(self, order: Order) -> str:
        return order.dsp_order_number or str(order.pk)[:8]

    @display(description="channel", ordering="source")
    def channel(self, order: Order) -> str:
        return order.channel

    @display(description="location", ordering="location__name")
    def location_name(self, order: Order) -> str:
        return order.location.name

    @display(description="state", ordering="state", label=_COLORS)
    def shown_state(self, order: Order) -> str:
        return order.get_state_display()

    @display(description="decision", ordering="stream_knows", label=_KNOWN_COLORS)
    def shown_stream_knows(self, order: Order) -> str:
        return order.get_stream_knows_display() if order.stream_knows else ""

    @display(description="customer", ordering="customer_name")
    def customer(self, order: Order) -> str:
        return "erased" if order.erased_at is not None else order.customer_name

    @display(description="total", ordering="total")
    def shown_total(self, order: Order) -> str:
        return currency.as_text(order.total, order.currency)

    @display(description="received", ordering="created_at")
    def created(self, order: Order) -> str:
        return local_time(order, order.created_at)
