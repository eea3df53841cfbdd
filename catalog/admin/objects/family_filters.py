"""Filters that find item families in want of something."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Item, ItemFamily
from catalog.validation import check
from catalog.validation.report import ERROR
from integration.admin.shared.tenancy import chosen_merchant, person


class MissingFilter(admin.SimpleListFilter):
    title = "missing"
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("price", "A price or a size"), ("picture", "A picture")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "price":
            sized = Item.objects.filter(archived_at=None).values("family")
            return queryset.filter(price_amount=None).exclude(pk__in=sized)
        return queryset.filter(images=None) if self.value() == "picture" else queryset


class CheckFilter(admin.SimpleListFilter):
    """What the menu check finds; our own staff choose a merchant first."""

    title = "menu check"
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if person(request).merchant is None and chosen_merchant(request) is None:
            return []
        return [("errors", "Kept out of what Stream gets"), ("any", "Anything found")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        merchant = person(request).merchant or chosen_merchant(request)
        if merchant is None or self.value() not in ("errors", "any"):
            return queryset
        found = check(merchant, among=limit_of(request))
        wanted = [one for one in found if self.value() == "any" or one.severity == ERROR]
        families = {one.provider_id for one in wanted if one.kind == ItemFamily.kind}
        sizes = {one.provider_id for one in wanted if one.kind == Item.kind}
        of_sizes = Item.objects.filter(merchant=merchant, provider_id__in=sizes).values("family")
        mine = queryset.filter(merchant=merchant)
        return mine.filter(provider_id__in=families) | mine.filter(pk__in=of_sizes)
