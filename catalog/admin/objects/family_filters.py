"""Filters that find incomplete or faulty item families."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Item, ItemFamily
from catalog.validation import check
from catalog.validation.report import ERROR
from integration.admin.shared.tenancy import chosen_merchant, signed_in_user


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
    """Families with menu check findings; our own staff choose a merchant first."""

    title = "menu check"
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if signed_in_user(request).merchant is None and chosen_merchant(request) is None:
            return []
        return [("errors", "Not sent to Stream"), ("any", "Any finding")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        merchant = signed_in_user(request).merchant or chosen_merchant(request)
        if merchant is None or self.value() not in ("errors", "any"):
            return queryset
        findings = [
            finding
            for finding in check(merchant, among=limit_of(request))
            if self.value() == "any" or finding.severity == ERROR
        ]
        family_ids = {
            finding.provider_id for finding in findings if finding.kind == ItemFamily.kind
        }
        size_ids = {finding.provider_id for finding in findings if finding.kind == Item.kind}
        of_sizes = Item.objects.filter(merchant=merchant, provider_id__in=size_ids).values("family")
        candidates = queryset.filter(merchant=merchant)
        return candidates.filter(provider_id__in=family_ids) | candidates.filter(pk__in=of_sizes)
