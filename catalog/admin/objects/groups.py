"""The admin of modifier groups, and of modifiers with their nested groups."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from unfold.decorators import display

from catalog import models
from catalog.admin.scope.unavailable_filter import UnavailableFilter
from catalog.models import Modifier, ModifierGroup

from . import tree
from .base import MenuObjectAdmin
from .images import ImageInline, PictureUploadMixin
from .inline_create import CreateOrLinkInline, PricedCreateOrLinkForm
from .inlines import (
    AtLocationInline,
    DspPriceInline,
    GroupAtLocationInline,
    OrderedFormSet,
    OrderedInline,
)
from .nesting import find_cycle
from .selection_text import selection_text


class NestingFormSet(OrderedFormSet):
    """Refuse links that would nest a group inside itself."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or self.instance.pk is None:
            return
        linked = [form for form in self.forms if form not in self.deleted_forms]
        linked_keys = [key for form in linked if (key := _lower_key(form.instance, self.instance))]
        cycle = find_cycle(self.instance, linked_keys)
        if cycle is not None:
            raise forms.ValidationError(
                f"This would create a cycle: {cycle}. Remove one of these links."
            )


def _lower_key(link: Any, owner: Modifier | ModifierGroup) -> int | None:
    key: int | None = link.modifier_id if isinstance(owner, ModifierGroup) else link.group_id
    return key


class GroupModifierInline(CreateOrLinkInline, OrderedInline):
    model = models.GroupModifier
    form = PricedCreateOrLinkForm
    formset = NestingFormSet
    link = "modifier"
    merchant_path = "group__merchant"
    autocomplete_fields = ["modifier"]
    fields = ["modifier", "new_name", "new_price", "default_quantity", "more", "position"]


class ModifierGroupAtLocationInline(GroupAtLocationInline):
    model = models.GroupAtLocation


@admin.register(ModifierGroup)
class ModifierGroupAdmin(MenuObjectAdmin):
    has_location_rows = True
    bulk_pages = ("off",)
    change_form_after_template = "admin/catalog/includes/tree.html"
    list_display = ["name", "choice", "modifier_count", "is_active"]
    list_filter = [*MenuObjectAdmin.list_filter, UnavailableFilter]
    empty_hint = "A group is one choice with its options, such as crust or extra toppings."
    inlines = [GroupModifierInline, ModifierGroupAtLocationInline]
    object_fieldsets = [
        (None, {"fields": ["name", "is_active"]}),
        (
            "How many may be chosen",
            {
                "fields": [
                    "selection_type", "minimum_unique_modifiers", "maximum_unique_modifiers",
                    "free_modifiers",
                ]
            },
        ),
    ]  # fmt: skip

    def for_list(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        counted: QuerySet[Any] = queryset.annotate(modifier_total=Count("modifier_links"))
        return counted

    def below(self, obj: Any) -> list[tree.Node]:
        return tree.group_tree(obj)

    @display(description="choose")
    def choice(self, group: ModifierGroup) -> str:
        return selection_text(group)

    @display(description="modifiers", ordering="modifier_total")
    def modifier_count(self, group: Any) -> int:
        return int(group.modifier_total)


class NestedGroupInline(OrderedInline):
    model = models.ModifierNestedGroup
    formset = NestingFormSet
    merchant_path = "modifier__merchant"
    autocomplete_fields = ["group"]
    fields = ["group", "position"]


class ModifierImageInline(ImageInline):
    model = models.ModifierImage


class ModifierDspPriceInline(DspPriceInline):
    model = models.ModifierDspPrice


class ModifierAtLocationInline(AtLocationInline):
    model = models.ModifierAtLocation


@admin.register(Modifier)
class ModifierAdmin(PictureUploadMixin, MenuObjectAdmin):
    has_location_rows = True
    bulk_pages = ("off", "prices")
    list_display = ["name", "price", "groups", "sku", "is_active"]
    list_filter = [*MenuObjectAdmin.list_filter, UnavailableFilter]
    empty_hint = "The quickest way to add modifiers is in their group, with names and prices."
    search_fields = ["name", "=provider_id", "sku"]
    search_help_text = "Name, ID or SKU"
    inlines = [
        NestedGroupInline, ModifierImageInline, ModifierDspPriceInline, ModifierAtLocationInline,
    ]  # fmt: skip
    object_fieldsets = [(None, {"fields": ["name", "price_amount", "sku", "is_active"]})]

    def for_list(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.prefetch_related("group_links__group")

    @display(description="in groups")
    def groups(self, modifier: Any) -> str:
        return ", ".join(link.group.name for link in modifier.group_links.all()) or "–"
