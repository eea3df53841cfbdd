"""The page "Reports" and its CSV files: for owners, managers and our own staff."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from unfold.admin import ModelAdmin

from integration import currency
from integration.admin.shared.tenancy import chosen_merchant, signed_in_user
from integration.models import Merchant
from orders.reports import csv_export
from orders.reports.deliveries import Deliveries, measure_deliveries
from orders.reports.durations import Durations, measure_durations, percentile
from orders.reports.other_pos import OtherSales, count_other_sales
from orders.reports.refusals import RefusalCount, count_refusals
from orders.reports.sales import Tally, count_sales

from . import charts as report_charts
from . import delivery_charts
from .query import ReportQuery, read_query, recent_channels

_PAGE = "admin:orders_order_numbers"


class ReportsMixin(ModelAdmin):
    """Add the reports page to the admin of orders."""

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.reports_view)
        table = self.admin_site.admin_view(self.reports_file_view)
        return [
            path("numbers/", page, name="orders_order_numbers"),
            path("numbers/<slug:name>.csv", table, name="orders_order_numbers_file"),
            *super().get_urls(),
        ]

    def has_numbers_permission(self, request: HttpRequest) -> bool:
        return signed_in_user(request).has_perm("orders.numbers_order")

    def reports_view(self, request: HttpRequest) -> HttpResponse:
        merchant = self._reports_merchant(request)
        context = self.admin_site.each_context(request)
        if merchant is None:
            return _merchant_choice(request, context)
        query = read_query(request, merchant)
        context |= {"title": "Reports", "page": _report(query)}
        status = 400 if query.error else 200
        return TemplateResponse(request, "admin/orders/reports.html", context, status=status)

    def reports_file_view(self, request: HttpRequest, name: str) -> StreamingHttpResponse:
        """Stream a CSV file."""
        merchant = self._reports_merchant(request)
        if merchant is None or name not in csv_export.FILES:
            raise Http404
        query = read_query(request, merchant)
        if query.error:
            raise Http404
        with_customers = request.GET.get("people") == "yes"
        response = StreamingHttpResponse(
            csv_export.csv_lines(name, query.scope, with_people=with_customers),
            content_type="text/csv; charset=utf-8",
        )
        title = slugify(query.location.name if query.location else merchant.name) or "numbers"
        first, last = query.scope.first, query.scope.last
        file_name = f"{title}-{name}-{first:%Y-%m-%d}-{last:%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
        return response

    def _reports_merchant(self, request: HttpRequest) -> Merchant | None:
        if not self.has_numbers_permission(request):
            raise PermissionDenied
        return signed_in_user(request).merchant or chosen_merchant(request)


def _merchant_choice(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    page = {
        "title": "Reports: choose a merchant",
        "lead": "Reports cover one merchant at a time.",
        "choices": [
            (merchant, f"merchant={merchant.pk}") for merchant in Merchant.objects.order_by("name")
        ],
    }
    return TemplateResponse(request, "admin/choose_merchant.html", {**context, **page})


def _report(query: ReportQuery) -> dict[str, Any]:
    """Build the template context in a number of queries that does not depend on the orders."""
    sales, durations = count_sales(query.scope), measure_durations(query.scope)
    others, deliveries = count_other_sales(query.scope), measure_deliveries(query.scope)
    refused, refusals = count_refusals(query.scope)
    places = query.scope.locations
    return {
        "asked": query,
        "channels": recent_channels(query.scope.merchant, query.locations),
        "figures": [
            *_sales(sales.whole),
            *_others(others, query.scope.merchant),
            *_speed(durations),
            *_deliveries(deliveries.whole),
            _refused(refused),
        ],
        "charts": [
            *report_charts.sales_charts(sales, others, places),
            *report_charts.duration_charts(durations),
            *delivery_charts.delivery_charts(deliveries, places),
        ],
        "refused": refused,
        "refusals": [_refusal(row, query) for row in refusals],
        "files": [
            {"title": title, "address": f"{_file_url(name)}?{query.query}"}
            for name, title in csv_export.FILES.items()
        ],
        "people_file": f"{_file_url('orders')}?{query.query}&people=yes",
        "now": timezone.now(),
    }


def _file_url(name: str) -> str:
    return reverse(f"{_PAGE}_file", args=[name])


def _sales(whole: Tally) -> list[dict[str, Any]]:
    average = {code: amount // whole.sold for code, amount in whole.subtotal.items()}
    return [
        {"label": "Orders sold", "value": f"{whole.sold:,}"},
        {"label": "Canceled, rejected or failed", "value": f"{whole.lost:,}"},
        {"label": "Sales", "value": report_charts.money(whole.subtotal)},
        {"label": "Average order", "value": report_charts.money(type(whole.subtotal)(average))},
    ]


def _others(others: OtherSales, merchant: Merchant) -> list[dict[str, Any]]:
    """Return the figures about orders in other POSs, if there are any."""
    if not others.whole.count:
        return []
    tax = currency.as_text(others.tax, merchant.currency)
    return [
        {"label": "Sold in other POSs", "value": f"{others.whole.sold:,}"},
        {"label": "Canceled there", "value": f"{others.whole.lost:,}"},
        {"label": "Sales there", "value": report_charts.money(others.whole.subtotal)},
        {"label": "Tax there", "value": tax},
        {"label": "Totals there", "value": report_charts.money(others.whole.total)},
    ]


def _deliveries(whole: Deliveries) -> list[dict[str, Any]]:
    """Return the figures about our drivers, if they were assigned any order."""
    if not whole.assigned:
        return []
    return [
        {"label": "Median delivery", "value": delivery_charts.median(whole.in_total)},
        {"label": "Delivered late", "value": delivery_charts.late(whole)},
    ]


def _speed(durations: Durations) -> list[dict[str, Any]]:
    wait, kitchen = percentile(durations.waits, 0.5), percentile(durations.kitchen, 0.5)
    ready = durations.kitchen.total()
    late = f"{100 * durations.late / ready:.0f} %" if ready else "–"
    return [
        {"label": "Median time to decision", "value": "–" if wait is None else f"{wait} s"},
        {"label": "Median time to ready", "value": "–" if kitchen is None else f"{kitchen} min"},
        {"label": "Ready later than promised", "value": late},
    ]


def _refused(count: int) -> dict[str, Any]:
    return {"label": "Events refused", "value": f"{count:,}", "is_bad": count > 0}


def _refusal(refusal: RefusalCount, report: ReportQuery) -> dict[str, Any]:
    """Add links to the example and to every such event in the archive."""
    first = min((zone.since for zone in report.scope.zones), default=None)
    query = {"reason": refusal.reason or "none"}
    if first is not None:
        query["received_at__gte"] = first.isoformat()
    events = reverse("admin:orders_inboundevent_changelist")
    example = ""
    if refusal.example_event is not None:
        example = reverse("admin:orders_inboundevent_change", args=[refusal.example_event])
    return {"refusal": refusal, "events": f"{events}?{urlencode(query)}", "example": example}
