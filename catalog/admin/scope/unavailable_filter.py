"""What is off at a location at this moment, and the filter that finds it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import Location
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import person

from .location_limits import limit_of


def off_rows(model: Any) -> "QuerySet[Any]":
    """The rows of a table at locations that are switched off, or sold out, now."""
    rows: QuerySet[Any] = model.objects.all()
    switched = Q(is_active=False) & (Q(inactive_until=None) | Q(inactive_until__gt=timezone.now()))
    has_stock = any(field.name == "stock_count" for field in model._meta.fields)
    return rows.filter(switched | Q(stock_count=0) if has_stock else switched)


class OffNowFilter(OwnValuesFilter):
    """For any list of objects with rows at locations."""

    title = "off now at"
    parameter_name = "off"
    path = "at_locations__location"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        own = person(request).merchant_id
        merchant = str(own) if own is not None else request.GET.get("merchant", "")
        if not merchant.isdecimal():
            return []
        live = Location.objects.filter(merchant_id=merchant, archived_at=None)
        limit = limit_of(request)
        mine = live if limit is None else live.filter(pk__in=limit)
        return list(mine.values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        rows = off_rows(queryset.model._meta.get_field("at_locations").related_model)
        here = rows.filter(location=self.value())
        return queryset.filter(pk__in=here.values("object"))
