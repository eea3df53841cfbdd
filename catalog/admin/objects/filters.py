"""Filters of the menu object lists."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.models import Category
from integration.admin.shared.filters import OwnValuesFilter
from integration.admin.shared.tenancy import signed_in_user

_NONE = "none"


class ArchivedFilter(admin.SimpleListFilter):
    """Hide archived objects unless the user asks for them."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not archived"), ("yes", "Archived"), ("all", "All")]

    def value(self) -> str:
        chosen = super().value()
        return chosen if chosen in ("yes", "all") else "no"

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() == "no")


class CategoryFilter(OwnValuesFilter):
    title = "category"
    parameter_name = "category"
    path = "category_links__category"

    def values(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        categories = Category.objects.filter(archived_at=None)
        merchant_id = signed_in_user(request).merchant_id
        merchant = str(merchant_id) if merchant_id is not None else request.GET.get("merchant", "")
        if not merchant.isdecimal():
            return []
        own_categories = categories.filter(merchant_id=merchant)
        choices = list(own_categories.order_by("name").values_list("pk", "name"))
        return [(_NONE, "In none"), *choices]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == _NONE:
            return queryset.filter(category_links=None)
        return super().queryset(request, queryset)
