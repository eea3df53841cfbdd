"""Filters of orders: by restaurant and by channel, each only one's own."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Location
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import person
from orders.models import REFUSALS, Order
from orders.protocol import refusal_codes

_UNSORTED = "none"
_MOST_CHANNELS = 50


def _merchant_key(request: HttpRequest) -> str:
    own = person(request).merchant_id
    said = str(own) if own is not None else request.GET.get("merchant", "")
    return said if said.isascii() and said.isdecimal() else "0"


class LocationFilter(OwnValuesFilter):
    title = "location"
    parameter_name = "location"
    path = "location"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        mine = Location.objects.filter(merchant_id=_merchant_key(request))
        limit = limit_of(request)
        if limit is not None:
            mine = mine.filter(pk__in=limit)
        return list(mine.values_list("pk", "name"))


class ReasonFilter(admin.SimpleListFilter):
    """Why an event was refused."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(reason or _UNSORTED, words[0]) for reason, words in refusal_codes.WORDS.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        wanted = self.value()
        if wanted not in {key for key, _ in self.lookup_choices}:
            return queryset
        refused = queryset.filter(outcome__in=REFUSALS)
        if wanted == _UNSORTED:
            return refused.filter(reasons="")
        return refused.filter(reasons__contains=wanted)


class ChannelFilter(OwnValuesFilter):
    title = "channel"
    parameter_name = "channel"
    path = "source"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        mine = Order.objects.filter(merchant_id=_merchant_key(request)).exclude(source="")
        limit = limit_of(request)
        if limit is not None:
            mine = mine.filter(location__in=limit)
        sources = mine.order_by("source").values_list("source", flat=True).distinct()
        return [(source, source) for source in sources[:_MOST_CHANNELS]]
