"""The page "Numbers": orders by state, failures by reason, time to accept, age of the menus."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timesince import timesince

from dsp.admin.base import ChannelAdmin
from dsp.admin.failures import title_of_failure
from dsp.models import ChannelOrder, ReceivedEvent, Store
from dsp.reports.order_numbers import (
    NO_ANSWER,
    STALE_AFTER,
    OrderNumbers,
    count_orders,
    percentile,
    selling_stores,
    unknown_types,
)
from integration.admin.shared.tenancy import chosen_merchant, is_own_staff, signed_in_user
from integration.db import database_time

State = ChannelOrder.State

_SPANS = {"day": ("24 hours", 1), "week": ("7 days", 7), "month": ("30 days", 30)}
_DEFAULT_SPAN = "week"
_MOST_REASONS = 20
_UNKNOWN = ReceivedEvent.Outcome.UNKNOWN_TYPE.value


class NumbersMixin(ChannelAdmin):
    """Add the page to the admin of orders."""

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.numbers_view)
        return [path("numbers/", page, name="dsp_channelorder_numbers"), *super().get_urls()]

    def has_numbers_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def numbers_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_numbers_permission(request):
            raise PermissionDenied
        merchant = signed_in_user(request).merchant or chosen_merchant(request)
        span = request.GET.get("span", "")
        span = span if span in _SPANS else _DEFAULT_SPAN
        now = database_time.now()
        since = now - timedelta(days=_SPANS[span][1])
        numbers = count_orders(merchant, since)
        kept = {"merchant": merchant.pk} if merchant and is_own_staff(request) else {}
        page = {
            "spans": [
                {"title": title, "name": name, "query": urlencode({**kept, "span": name})}
                for name, (title, _) in _SPANS.items()
            ],
            "span": span,
            "figures": list(_figures(numbers)),
            "states": _states(numbers),
            "failures": _failures(numbers),
            "menus": [_menu(store, now) for store in selling_stores(merchant)],
            "shows_merchants": merchant is None,
            "unknown": unknown_types(merchant, since),
            "unknown_query": urlencode({**kept, "outcome__exact": _UNKNOWN}),
        }
        context = {**self.admin_site.each_context(request), "title": "Numbers", "page": page}
        return TemplateResponse(request, "admin/dsp/channelorder/numbers.html", context)


def _figures(numbers: OrderNumbers) -> Iterator[dict[str, Any]]:
    completed = numbers.states[State.COMPLETED]
    median, slow = (percentile(numbers.seconds, share) for share in (0.5, 0.95))
    yield {"label": "Orders", "value": f"{numbers.total:,}"}
    yield {"label": "Completed", "value": f"{completed:,}"}
    yield {
        "label": "Failed or given up",
        "value": f"{numbers.failed:,} ({_share(numbers.failed, numbers.total)})",
        "is_bad": numbers.failed > 0,
    }
    yield {"label": "Canceled by the restaurant", "value": f"{numbers.states[State.CANCELED]:,}"}
    yield {"label": "Median time to accept", "value": _duration(median)}
    yield {"label": "95 % are accepted within", "value": _duration(slow)}


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def _states(numbers: OrderNumbers) -> list[tuple[str, str]]:
    """Return the counts in the order of an order's life."""
    return [
        (str(label), f"{numbers.states[value]:,}")
        for value, label in State.choices
        if numbers.states[value]
    ]


def _failures(numbers: OrderNumbers) -> list[tuple[str, str, str]]:
    named: list[tuple[str, int]] = []
    common = numbers.failures.most_common()
    for reason, count in common[:_MOST_REASONS]:
        is_silence = reason == NO_ANSWER
        title = "The restaurant never answered" if is_silence else title_of_failure(reason)
        named.append((title, count))
    if len(common) > _MOST_REASONS:
        named.append(("Other reasons", sum(count for _, count in common[_MOST_REASONS:])))
    return [(title, f"{count:,}", _share(count, numbers.total)) for title, count in named]


def _menu(store: Store, now: datetime) -> dict[str, Any]:
    menu = store.live_menu
    live_at = menu.live_at if menu is not None else None
    return {
        "store": store,
        "link": reverse("admin:dsp_store_change", args=[store.pk]),
        "number": menu.number if menu is not None else None,
        "age": timesince(live_at, now, depth=1) if live_at else "",
        "is_stale": live_at is not None and now - live_at > STALE_AFTER,
    }
