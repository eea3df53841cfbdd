"""The admin of refunds: what is owed to guests, oldest first, until somebody marks it as done."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.decorators import display

from dsp.models import Refund
from integration import currency
from integration.admin.shared.filters import MerchantFilter
from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.tenancy import is_own_staff
from integration.db import database_time

from . import refund_reasons
from .base import ChannelAdmin, StoreFilter, local_time
from .refund_form import ReferenceForm, mark_done

State = Refund.State
_LABELS = {State.DUE: "Owed", State.DONE: "Done"}
_COLORS = {"Owed": "warning", "Done": "success"}


class OrderMerchantFilter(MerchantFilter):
    """Filter by the merchant of the order, for our own staff only."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(order__merchant=self.value())


class OrderStoreFilter(StoreFilter):
    path = "order__store__provider_id"


class StateFilter(admin.SimpleListFilter):
    """Hide refunds that are done unless the user asks for them."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("done", "Done"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Owed"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "all":
            return queryset
        return queryset.filter(state=State.DONE if self.value() == "done" else State.DUE)


@admin.register(Refund)
class RefundAdmin(ReadOnlyMixin, ChannelAdmin):
    merchant_path = "order__merchant"
    list_display = [
        "shown_amount",
        "shown_state",
        "why",
        "shown_order",
        "store",
        "age",
        "next_step",
    ]
    list_filter = [StateFilter, OrderStoreFilter]
    search_fields = ["=provider_id", "=order__number", "=order__provider_id", "reference"]
    search_help_text = "Order number, ID or reference"
    change_form_template = "admin/dsp/refund/change_form.html"
    actions = None
    ordering = ["created_at", "pk"]
    object_fieldsets = [(None, {"fields": ["provider_id"]})]

    def get_urls(self) -> list[Any]:
        done = self.admin_site.admin_view(self.done_view)
        return [
            path("<path:object_id>/done/", done, name="dsp_refund_done"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        refunds = super().get_queryset(request).select_related("order__store", "order__merchant")
        return refunds.defer("order__lines", "order__answer", "order__customers")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        refund: Any = super().get_object(request, object_id, from_field)
        if refund is not None:
            refund.merchant = refund.order.merchant
        return refund

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        return ["order__store", "order__merchant"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        own_staff = is_own_staff(request)
        return [*self.list_display, *(["merchant_name"] if own_staff else [])]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*([OrderMerchantFilter] if is_own_staff(request) else []), *self.list_filter]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.object_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["provider_id"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        refund = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if refund is not None:
            may_mark = refund.state == State.DUE and self.has_act_permission(request)
            context |= {"refund": refund, "page": _page(refund)}
            context["form"] = ReferenceForm() if may_mark else None
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def done_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Mark the refund as done, with the reference that the form asks for."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_act_permission(request):
            raise PermissionDenied
        refund = self.get_object(request, unquote(object_id))
        if refund is None:  # Another merchant's, or unknown.
            raise Http404
        mark_done(self, request, refund)
        return HttpResponseRedirect(reverse("admin:dsp_refund_changelist"))

    @display(description="amount", ordering="amount")
    def shown_amount(self, refund: Refund) -> str:
        return currency.as_text(refund.amount, refund.currency)

    @display(description="state", label=_COLORS)
    def shown_state(self, refund: Refund) -> str:
        return _LABELS[State(refund.state)]

    @display(description="why")
    def why(self, refund: Refund) -> str:
        reason = refund_reasons.in_words(refund.reason)
        return f"{reason}: release only" if refund.kind == Refund.Kind.VOID else reason

    @display(description="order")
    def shown_order(self, refund: Refund) -> SafeString:
        page = reverse("admin:dsp_channelorder_change", args=[refund.order_id])
        return format_html('<a class="text-link" href="{}">{}</a>', page, refund.order.number)

    @display(description="store")
    def store(self, refund: Refund) -> str:
        return str(refund.order.store)

    @display(description="merchant")
    def merchant_name(self, refund: Refund) -> str:
        return str(refund.order.merchant)

    @display(description="age", ordering="created_at")
    def age(self, refund: Refund) -> str:
        return timesince(refund.created_at, database_time.now(), depth=1)

    @display(description="done")
    def next_step(self, refund: Refund) -> SafeString | str:
        if refund.state == State.DONE:
            return refund.reference
        page = reverse("admin:dsp_refund_change", args=[refund.pk])
        return format_html('<a class="text-link" href="{}">Mark as done …</a>', page)


def _page(refund: Refund) -> dict[str, Any]:
    store = refund.order.store
    facts = [
        ("What", refund_reasons.title_of(refund)),
        ("Why", refund_reasons.in_words(refund.reason)),
        ("ID", refund.provider_id),
        ("Owed since", local_time(store, refund.created_at)),
        ("Paid with", refund.order.payment_provider),
        ("Reference of the payment", refund.order.payment_reference),
        ("Done", local_time(store, refund.done_at)),
        ("Reference of the refund", refund.reference),
    ]
    return {
        "amount": currency.as_text(refund.amount, refund.currency),
        "label": _LABELS[State(refund.state)],
        "color": _COLORS[_LABELS[State(refund.state)]],
        "facts": [(label, value) for label, value in facts if value],
    }
