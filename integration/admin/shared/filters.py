"""Filters of lists that never name what is another merchant's."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integration.models import Merchant


class MerchantFilter(admin.SimpleListFilter):
    """For our own staff; nobody else's list has it."""

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
    """Values of one merchant's objects; our own staff choose a merchant first."""

    path: ClassVar[str]  # From the filtered model to what is chosen.

    @abstractmethod
    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """The keys and names to choose from."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        own = getattr(request.user, "merchant_id", 0)
        if own is None and not request.GET.get("merchant"):
            return []
        return self.values(request, model_admin)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = {str(key) for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset
        return queryset.filter(**{self.path: self.value()})
