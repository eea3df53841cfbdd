"""The page of numbers, and the same as files: for owners, managers and our own staff."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from unfold.admin import ModelAdmin

from integration.admin.shared.tenancy import chosen_merchant, person
from integration.models import Merchant
from orders.reports import csv_export
from orders.reports.durations import Times, percentile, times_of
from orders.reports.refusals import Refusals, refusals_of
from orders.reports.sales import Tally, sales_of

from . import charts as report_charts
from .query import Asked, asked_in, channels_of

_PAGE = "admin:orders_order_numbers"


class NumbersMixin(ModelAdmin):
    """Adds the page beside the list of orders."""

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.numbers_view)
        table = self.admin_site.admin_view(self.numbers_file_view)
        return [
            path("numbers/", page, name="orders_order_numbers"),
            path("numbers/<slug:name>.csv", table, name="orders_order_numbers_file"),
            *super().get_urls(),
        ]

    def has_numbers_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("orders.numbers_order")

    def numbers_view(self, request: HttpRequest) -> HttpResponse:
        merchant = self._numbers_merchant(request)
        context = self.admin_site.each_context(request)
        if merchant is None:
            return _choice(request, context)
        asked = asked_in(request, merchant)
        context |= {"title": "Numbers", "page": _page_of(asked)}
        status = 400 if asked.error else 200
        return TemplateResponse(request, "admin/orders/numbers.html", context, status=status)

    def numbers_file_view(self, request: HttpRequest, name: str) -> StreamingHttpResponse:
        """A CSV file, written while it is sent."""
        merchant = self._numbers_merchant(request)
        if merchant is None or name not in csv_export.FILES:
            raise Http404
        asked = asked_in(request, merchant)
        if asked.error:
            raise Http404
        with_people = request.GET.get("people") == "yes"
        answer = StreamingHttpResponse(
            csv_export.lines(name, asked.scope, with_people=with_people),
            content_type="text/csv; charset=utf-8",
        )
        title = slugify(asked.location.name if asked.location else merchant.name) or "numbers"
        first, last = asked.scope.first, asked.scope.last
        file_name = f"{title}-{name}-{first:%Y-%m-%d}-{last:%Y-%m-%d}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
        return answer

    def _numbers_merchant(self, request: HttpRequest) -> Merchant | None:
        if not self.has_numbers_permission(request):
            raise PermissionDenied
        return person(request).merchant or chosen_merchant(request)


def _choice(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    page = {
        "title": "Numbers: of which merchant?",
        "lead": "Each merchant's orders are counted by themselves.",
        "choices": [(one, f"merchant={one.pk}") for one in Merchant.objects.order_by("name")],
    }
    return TemplateResponse(request, "admin/choose_merchant.html", {**context, **page})


def _page_of(asked: Asked) -> dict[str, Any]:
    """Everything the template needs; the number of queries does not depend on the orders."""
    sales, times = sales_of(asked.scope), times_of(asked.scope)
    refused, refusals = refusals_of(asked.scope)
    return {
        "asked": asked,
        "channels": channels_of(asked.scope.merchant, asked.locations),
        "figures": [*_sold(sales.whole), *_took(times), _refused(refused)],
        "charts": [*report_charts.of_sales(sales), *report_charts.of_times(times)],
        "refused": refused,
        "refusals": [_refusal(one, asked) for one in refusals],
        "files": [
            {"title": title, "address": f"{_file(name)}?{asked.query}"}
            for name, title in csv_export.FILES.items()
        ],
        "people_file": f"{_file('orders')}?{asked.query}&people=yes",
        "now": timezone.now(),
    }


def _file(name: str) -> str:
    return reverse(f"{_PAGE}_file", args=[name])


def _sold(whole: Tally) -> list[dict[str, Any]]:
    average = {code: amount // whole.sold for code, amount in whole.subtotal.items()}
    return [
        {"label": "Orders sold", "value": f"{whole.sold:,}"},
        {"label": "Canceled, rejected or failed", "value": f"{whole.lost:,}"},
        {"label": "Sales", "value": report_charts.money(whole.subtotal)},
        {"label": "Average order", "value": report_charts.money(type(whole.subtotal)(average))},
    ]


def _took(times: Times) -> list[dict[str, Any]]:
    wait, kitchen = percentile(times.waits, 0.5), percentile(times.kitchen, 0.5)
    ready = times.kitchen.total()
    late = f"{100 * times.late / ready:.0f} %" if ready else "–"
    return [
        {"label": "Decision, half within", "value": "–" if wait is None else f"{wait} s"},
        {"label": "Ready, half within", "value": "–" if kitchen is None else f"{kitchen} min"},
        {"label": "Ready later than promised", "value": late},
    ]


def _refused(count: int) -> dict[str, Any]:
    return {"label": "Events refused", "value": f"{count:,}", "is_bad": count > 0}


def _refusal(one: Refusals, asked: Asked) -> dict[str, Any]:
    """With the ways to the example and to all of them in the archive."""
    first = min((zone.since for zone in asked.scope.zones), default=None)
    query = {"reason": one.reason or "none"}
    if first is not None:
        query["received_at__gte"] = first.isoformat()
    events = reverse("admin:orders_inboundevent_changelist")
    example = ""
    if one.example_event is not None:
        example = reverse("admin:orders_inboundevent_change", args=[one.example_event])
    return {"refusal": one, "events": f"{events}?{urlencode(query)}", "example": example}
