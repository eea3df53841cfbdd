"""What is off at a location at this moment, and the filter that finds it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.menu import availability
from catalog.models import Location
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import person

from .location_limits import limit_of


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
        rows = availability.off_rows(queryset.model._meta.get_field("at_locations").related_model)
        here = rows.filter(location=self.value())
        return queryset.filter(pk__in=here.values("object"))
