"""List filters by location, channel and refusal reason, limited to what the person may see."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Location
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import signed_in_user
from orders.models import REFUSALS, Order
from orders.protocol import refusal_codes

_UNCLASSIFIED = "none"
_MAX_CHANNELS = 50


def merchant_key(request: HttpRequest) -> str:
    """Return the key of the user's merchant, or of the one that our own staff chose."""
    own = signed_in_user(request).merchant_id
    key = str(own) if own is not None else request.GET.get("merchant", "")
    return key if key.isascii() and key.isdecimal() else "0"


class LocationFilter(OwnValuesFilter):
    title = "location"
    parameter_name = "location"
    path = "location"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        locations = Location.objects.filter(merchant_id=merchant_key(request))
        limit = limit_of(request)
        if limit is not None:
            locations = locations.filter(pk__in=limit)
        return list(locations.values_list("pk", "name"))


class ReasonFilter(admin.SimpleListFilter):
    """Filter refused events by reason."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [
            (reason or _UNCLASSIFIED, texts[0])
            for reason, texts in refusal_codes.DESCRIPTIONS.items()
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        reason = self.value()
        if reason not in {key for key, _ in self.lookup_choices}:
            return queryset
        refused = queryset.filter(outcome__in=REFUSALS)
        if reason == _UNCLASSIFIED:
            return refused.filter(reasons="")
        return refused.filter(reasons__contains=reason)


class ChannelFilter(OwnValuesFilter):
    title = "channel"
    parameter_name = "channel"
    path = "source"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        orders = Order.objects.filter(merchant_id=merchant_key(request)).exclude(source="")
        limit = limit_of(request)
        if limit is not None:
            orders = orders.filter(location__in=limit)
        sources = orders.order_by("source").values_list("source", flat=True).distinct()
        return [(source, source) for source in sources[:_MAX_CHANNELS]]
