"""The filter for objects that are off at a location right now."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.menu import availability
from catalog.models import Location
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import signed_in_user

from .location_limits import limit_of


class UnavailableFilter(OwnValuesFilter):
    """Filter any list of objects that have rows at locations."""

    title = "off now at"
    parameter_name = "off"
    path = "at_locations__location"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        merchant_id = signed_in_user(request).merchant_id
        merchant = str(merchant_id) if merchant_id is not None else request.GET.get("merchant", "")
        if not merchant.isdecimal():
            return []
        live = Location.objects.filter(merchant_id=merchant, archived_at=None)
        limit = limit_of(request)
        visible = live if limit is None else live.filter(pk__in=limit)
        return list(visible.values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        rows = availability.unavailable_rows(
            queryset.model._meta.get_field("at_locations").related_model
        )
        rows_here = rows.filter(location=self.value())
        return queryset.filter(pk__in=rows_here.values("object"))
