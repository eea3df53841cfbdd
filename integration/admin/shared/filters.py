"""List filters that never reveal another merchant's objects."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integration.models import Merchant


class MerchantFilter(admin.SimpleListFilter):
    """Filter by merchant, for our own staff only."""

    title = "merchant"
    parameter_name = "merchant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        if getattr(request.user, "merchant_id", 0) is not None:
            return []
        return list(Merchant.objects.order_by("name").values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        path = "pk" if queryset.model is Merchant else "merchant"
        return queryset.filter(**{path: self.value()})


class OwnValuesFilter(admin.SimpleListFilter, ABC):
    """Filter by one merchant's objects; our own staff choose a merchant first."""

    path: ClassVar[str]  # The lookup from the filtered model to the chosen object.

    @abstractmethod
    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Return the keys and names to choose from."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        merchant_id = getattr(request.user, "merchant_id", 0)
        if merchant_id is None and not request.GET.get("merchant"):
            return []
        return self.values(request, model_admin)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(**{self.path: self.value()})
