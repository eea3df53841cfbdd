"""The admin of menus and categories."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from unfold.decorators import display

from catalog.admin.fields.week import WEEK_FIELDS, WeekForm, draw_week
from catalog.admin.stream_view import page as stream_view_page
from catalog.admin.validation import menu_check
from catalog.models import Category, CategoryFamily, Menu, MenuCategory

from .base import MenuObjectAdmin, MenuObjectForm
from .inline_create import CreateOrLinkForm, CreateOrLinkInline, PricedCreateOrLinkForm
from .inlines import OrderedInline


class MenuForm(WeekForm, MenuObjectForm):
    week_name = "schedule"

    def whole_week(self, week: dict[str, list[str]]) -> dict[str, list[str]]:
        if not any(week.values()):
            raise forms.ValidationError(
                "A menu without hours is never sold: enter hours or switch the menu off."
            )
        return week


class MenuCategoryInline(CreateOrLinkInline, OrderedInline):
    model = MenuCategory
    form = CreateOrLinkForm
    link = "category"
    merchant_path = "menu__merchant"
    autocomplete_fields = ["category"]
    fields = ["category", "new_name", "more", "position"]


@admin.register(Menu)
class MenuAdmin(MenuObjectAdmin):
    form = MenuForm
    list_display = ["name", "category_count", "is_active"]
    empty_hint = "A menu sets when its categories are sold: one for the whole week is enough."
    inlines = [MenuCategoryInline]
    object_fieldsets = [
        (None, {"fields": ["name", "is_active"]}),
        (
            "When it is sold",
            {
                "fields": WEEK_FIELDS,
                "description": "In each location's local time, for example 09:00-14:00,"
                " 17:00-22:30; empty means closed. For hours past midnight, enter two windows: one"
                " until 23:59, one from 00:00 on the next day.",
            },
        ),
    ]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.check_view)
        check = path("check/", view, name="catalog_menu_check")
        return [check, *stream_view_page.menu_urls(self), *super().get_urls()]

    def check_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return menu_check.respond(request, self.admin_site.each_context(request))

    def for_list(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        counted: QuerySet[Any] = queryset.annotate(category_total=Count("category_links"))
        return counted

    @display(description="categories", ordering="category_total")
    def category_count(self, menu: Any) -> int:
        return int(menu.category_total)

    @display(description="hours")
    def week(self, menu: Menu) -> Any:
        return draw_week(menu.schedule, nothing="At any time")


class NewFamilyForm(PricedCreateOrLinkForm):
    needs_price = True


class CategoryFamilyInline(CreateOrLinkInline, OrderedInline):
    model = CategoryFamily
    form = NewFamilyForm
    link = "family"
    merchant_path = "category__merchant"
    autocomplete_fields = ["family"]
    fields = ["family", "new_name", "new_price", "more", "position"]


class MenuFilter(admin.SimpleListFilter):
    """Filter categories that are on a menu or on none."""

    title = "on a menu"
    parameter_name = "menu"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("some", "On a menu"), ("none", "Not on any menu")]

    def queryset(self, request: Any, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() not in ("some", "none"):
            return queryset
        linked = MenuCategory.objects.values("category")
        if self.value() == "some":
            return queryset.filter(pk__in=linked)
        return queryset.exclude(pk__in=linked)


@admin.register(Category)
class CategoryAdmin(MenuObjectAdmin):
    list_display = ["name", "menus", "family_count", "is_active"]
    empty_hint = "Begin here: name a category and list its dishes with their prices below it."
    list_filter = [*MenuObjectAdmin.list_filter, MenuFilter]
    inlines = [CategoryFamilyInline]
    object_fieldsets = [(None, {"fields": ["name", "description", "is_active"]})]

    def for_list(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        counted: QuerySet[Any] = queryset.annotate(family_total=Count("family_links"))
        return counted.prefetch_related("menu_links__menu")

    @display(description="menus")
    def menus(self, category: Any) -> str:
        return ", ".join(link.menu.name for link in category.menu_links.all()) or "–"

    @display(description="item families", ordering="family_total")
    def family_count(self, category: Any) -> int:
        return int(category.family_total)
