"""The list of the channel's orders: what needs attention first, and it renews itself."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.http import parse_etags
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.decorators import display

from dsp.admin.base import StoreFilter, local_time
from dsp.admin.numbers.page import NumbersMixin
from dsp.models import ChannelOrder, ChannelOrderEvent, Refund
from dsp.orders.shown_state import shown_states
from integration import currency
from integration.admin.shared.read_only import ReadOnlyMixin
from integration.db import database_time

from .actions import OrderActions
from .advice import COLORS, Advice, advise, label_of
from .filters import DayFilter, StateFilter, by_urgency
from .page import order_page

_LARGE = ("answer", "lines", "taxes", "discounts", "delivery_address")


class OrderList(ChangeList):
    """A page of the list that knows its orders' shown states from one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        orders = list(self.result_list)
        states = shown_states(orders)
        for order in orders:
            order.seen = states[order.pk]
        self.result_list = orders


@admin.register(ChannelOrder)
class ChannelOrderAdmin(ReadOnlyMixin, NumbersMixin, OrderActions):
    list_display = [
        "number", "shown_state", "what_to_do", "store", "guest", "shown_total", "since", "placed",
    ]  # fmt: skip
    list_filter = [StoreFilter, StateFilter, DayFilter]
    search_fields = ["=number", "=provider_id", "customers__0__name", "customers__0__phone"]
    search_help_text = "Order number, ID, guest's name or phone"
    list_before_template = "admin/dsp/channelorder/live.html"
    change_form_template = "admin/dsp/channelorder/change_form.html"
    actions = None
    object_fieldsets = [(None, {"fields": ["number"]})]
    readonly_fields = ["number"]

    class Media:
        js: ClassVar[list[str]] = ["stream_pos/live_list.js"]

    def get_urls(self) -> list[Any]:
        version = self.admin_site.admin_view(self.version_view)
        return [path("version/", version, name="dsp_channelorder_version"), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderList

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [by_urgency(), "-placed_at", "-pk"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        orders = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and (match.url_name or "").endswith("_changelist"):
            # Joins would be made for all orders, before they are sorted.
            return orders.defer(*_LARGE).prefetch_related("store", "merchant", "refund")
        return orders.select_related("store", "merchant", "refund")

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        return []

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        live = {"version": _version(), "address": reverse("admin:dsp_channelorder_version")}
        return super().changelist_view(request, {**(extra_context or {}), "live": live})

    def version_view(self, request: HttpRequest) -> HttpResponse:
        """Answer 304 while no order of the list can look different; two small queries."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        version = _version()
        is_known = version in parse_etags(request.headers.get("If-None-Match", ""))
        response = HttpResponse(status=304 if is_known else 204)
        response["ETag"] = version
        response["Cache-Control"] = "no-cache, private"
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if order is not None:
            forms = self.available(request, order)
            context |= {"order": order, "page": order_page(order), "forms": forms}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @display(description="state", label=COLORS)
    def shown_state(self, order: Any) -> str:
        return label_of(order.seen)

    @display(description="since")
    def since(self, order: ChannelOrder) -> str:
        return timesince(order.state_since, database_time.now(), depth=1)

    @display(description="why, and what to do")
    def what_to_do(self, order: Any) -> SafeString:
        advice = advise(order, order.seen)
        return format_html(
            '<div class="sp-what"><p>{}</p>{}</div>', advice.why, _remedy(order, advice)
        )

    @display(description="guest")
    def guest(self, order: ChannelOrder) -> str:
        if order.erased_at is not None or not order.customers:
            return "erased"
        return str(order.customers[0].get("name") or "No name")

    @display(description="total", ordering="total")
    def shown_total(self, order: ChannelOrder) -> str:
        return currency.as_text(order.total, order.currency)

    @display(description="placed", ordering="placed_at")
    def placed(self, order: ChannelOrder) -> str:
        return local_time(order.store, order.placed_at)


def _remedy(order: ChannelOrder, advice: Advice) -> SafeString | str:
    if not advice.to_do:
        return ""
    page = reverse("admin:dsp_channelorder_change", args=[order.pk])
    button: SafeString | str = ""
    if advice.section:
        button = format_html(
            ' <a class="text-link" href="{}#{}">{}</a>', page, advice.section, advice.button
        )
    return format_html("<p><b>{}</b>{}</p>", advice.to_do, button)


def _version() -> str:
    """Return the list's ETag: each step in an order's life, refund or minute changes it."""
    step = ChannelOrderEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    owed = Refund.objects.filter(state=Refund.State.DUE).count()
    minute = int(database_time.now().timestamp() // 60)
    return f'"{salted_hmac("dsp.admin.orders", f"{step}/{owed}/{minute}").hexdigest()[:24]}"'
