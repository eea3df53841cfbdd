"""List filters of followed orders, limited to what the person may see."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.scope.location_limits import limit_of
from integration.admin.shared.filters import MerchantFilter, OwnValuesFilter
from integration.admin.shared.tenancy import is_own_staff
from orders.admin.shared.filters import merchant_key
from orders.models import FollowedOrder
from orders.staff_pages import labels

_MAX_VALUES = 50
_HERE = "here"


class _SentValueFilter(OwnValuesFilter):
    """Filter by the values of a field that Stream fills."""

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        orders = FollowedOrder.objects.filter(merchant_id=merchant_key(request))
        limit = limit_of(request)
        if limit is not None:
            orders = orders.filter(location__in=limit)
        sent = orders.exclude(**{self.path: ""}).order_by(self.path)
        values = sent.values_list(self.path, flat=True).distinct()[:_MAX_VALUES]
        return [(value, self.label(value)) for value in values]

    def label(self, value: str) -> str:
        return value


class ChannelFilter(_SentValueFilter):
    title = "channel"
    parameter_name = "channel"
    path = "source"


class StatusFilter(_SentValueFilter):
    title = "status"
    parameter_name = "status"
    path = "status"

    def label(self, value: str) -> str:
        return labels.any_state(value)


class OwnOrderFilter(admin.SimpleListFilter):
    """Leave out the orders that are also our own: they stand in the list of orders."""

    title = "POS"
    parameter_name = "pos"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(_HERE, "Ours, too")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Another POS"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(own_order__isnull=self.value() != _HERE)


class UnassignedFilter(admin.SimpleListFilter):
    """Filter the orders of which nobody knows the location, for our own staff only."""

    title = "location known"
    parameter_name = "known"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("no", "No"), ("yes", "Yes")] if is_own_staff(request) else []

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(location__isnull=self.value() == "no")


class EventMerchantFilter(MerchantFilter):
    """Filter received events by the merchant of their order, for our own staff only."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(followed__merchant=self.value())
