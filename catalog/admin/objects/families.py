"""The admin of item families, with all their inlines."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Max, Min, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from catalog import models
from catalog.admin.scope.unavailable_filter import UnavailableFilter
from catalog.models import Item, ItemFamily

from . import tree
from .base import MenuObjectAdmin, MenuObjectForm
from .family_filters import CheckFilter, MissingFilter
from .filters import CategoryFilter
from .images import ImageInline, PictureUploadMixin, small_picture, with_first_picture
from .inline_create import CreateOrLinkForm, CreateOrLinkInline
from .inlines import AtLocationInline, DspPriceInline, OrderedFormSet, OrderedInline

PRICE_DROPPED = "Sizes have their own prices, so the price of “{}” itself was removed."


class SizesFormSet(OrderedFormSet):
    """Require a price or at least one size; remove the price once there are sizes."""

    is_editable = True

    def clean(self) -> None:
        super().clean()
        if not self.is_editable or any(self.errors):
            return
        family = self.instance
        sizes = [form for form in self.forms if form.instance.pk or form.has_changed()]
        if sizes and family.price_amount is not None:
            family.price_amount = None
            family.price_was_dropped = True
        elif not sizes and family.price_amount is None:
            raise forms.ValidationError("Enter a price or at least one size.")


class SizeInline(OrderedInline):
    model = Item
    formset = SizesFormSet
    merchant_path = "merchant"
    fields = ["name", "price_amount", "sku", "upc", "is_active", "more", "position"]
    readonly_fields = ["more"]
    verbose_name = "size"
    verbose_name_plural = "sizes"
    can_delete = False
    tab = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).filter(archived_at=None)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.is_editable = self.has_change_permission(request, obj)
        return formset

    @display(description="more")
    def more(self, item: Item) -> str:
        if item.pk is None:
            return ""
        url = reverse("admin:catalog_item_change", args=[item.pk])
        return format_html('<a class="text-link" href="{}">Open</a>', url)


class FamilyGroupInline(CreateOrLinkInline, OrderedInline):
    model = models.FamilyModifierGroup
    form = CreateOrLinkForm
    link = "group"
    merchant_path = "family__merchant"
    autocomplete_fields = ["group"]
    fields = ["group", "new_name", "more", "position"]


class InCategoryForm(CreateOrLinkForm):
    def save(self, commit: bool = True) -> Any:
        """Append a newly linked family to the category."""
        if commit and self.instance._state.adding and self.created is None:
            links = models.CategoryFamily.objects.filter(category=self.instance.category)
            last = links.aggregate(last=Max("position"))["last"]
            self.instance.position = 0 if last is None else last + 1
        return super().save(commit)


class FamilyCategoryInline(CreateOrLinkInline):
    model = models.CategoryFamily
    form = InCategoryForm
    link = "category"
    merchant_path = "category__merchant"
    autocomplete_fields = ["category"]
    fields = ["category", "new_name", "more"]
    verbose_name = "category"
    verbose_name_plural = "in categories"


class FamilyTaxInline(OrderedInline):
    model = models.FamilyTax
    merchant_path = "family__merchant"
    autocomplete_fields = ["tax"]
    fields = ["tax", "position"]


class FamilyImageInline(ImageInline):
    model = models.FamilyImage


class FamilyDspPriceInline(DspPriceInline):
    model = models.FamilyDspPrice


class FamilyAtLocationInline(AtLocationInline):
    model = models.FamilyAtLocation


class ItemFamilyForm(MenuObjectForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "default_item" in self.fields:
            field: Any = self.fields["default_item"]
            field.queryset = field.queryset.filter(family=self.instance)
            field.error_messages["invalid_choice"] = "Choose one of this family's own sizes."


@admin.register(ItemFamily)
class ItemFamilyAdmin(PictureUploadMixin, MenuObjectAdmin):
    form = ItemFamilyForm
    has_location_rows = True
    list_display = ["shown_picture", "name", "shown_price", "size_count", "categories", "is_active"]
    list_display_links = ["name"]
    change_form_after_template = "admin/catalog/includes/tree.html"
    bulk_pages = ("off", "category", "prices")
    list_filter = [
        *MenuObjectAdmin.list_filter, CategoryFilter, UnavailableFilter, MissingFilter, CheckFilter,
    ]  # fmt: skip
    empty_hint = "The quickest way to add a dish is in its category, with its name and price."
    search_fields = ["name", "=provider_id", "sku"]
    search_help_text = "Name, ID or SKU"
    inlines = [
        SizeInline, FamilyGroupInline, FamilyCategoryInline, FamilyTaxInline, FamilyImageInline,
        FamilyDspPriceInline, FamilyAtLocationInline,
    ]  # fmt: skip
    object_fieldsets = [
        (None, {"fields": ["name", "description", "is_active"]}),
        ("Price", {"fields": ["price_amount", "sku", "default_item"]}),
        ("Details", {"fields": ["allergens", "is_alcohol"], "classes": ["collapse"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        return [  # There are no sizes to choose from yet.
            (
                name,
                {**part, "fields": [field for field in part["fields"] if field != "default_item"]},
            )
            for name, part in fieldsets
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "default_item":
            field.widget = field.widget.widget  # Without links, as the sizes are on this page.
            field.help_text = "The size that is preselected for the customer."
        return field

    def for_list(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        sizes = Item.objects.filter(family=OuterRef("pk"), archived_at=None).order_by()
        of_family = sizes.values("family")
        priced: QuerySet[Any] = queryset.annotate(
            lowest_price=Subquery(of_family.annotate(all=Min("price_amount")).values("all")),
            size_total=Subquery(of_family.annotate(all=Count("pk")).values("all")),
        )
        pictured = with_first_picture(priced, models.FamilyImage)
        return pictured.prefetch_related("category_links__category")

    def below(self, obj: Any) -> list[tree.Node]:
        return tree.family_tree(obj)

    def fields_to_save(self, obj: Any, form: Any) -> set[str]:
        dropped = {"price_amount"} if getattr(obj, "price_was_dropped", False) else set()
        return super().fields_to_save(obj, form) | dropped

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        if getattr(form.instance, "price_was_dropped", False):
            self.message_user(request, PRICE_DROPPED.format(form.instance), messages.WARNING)

    @display(description="picture")
    def shown_picture(self, family: Any) -> str:
        return small_picture(family.first_picture, f"Picture of {family}")

    @display(description="price", ordering="price_amount")
    def shown_price(self, family: Any) -> str:
        if family.lowest_price is None:
            return self.money(family, family.price_amount)
        prefix = "from " if family.size_total > 1 else ""
        return prefix + self.money(family, family.lowest_price)

    @display(description="sizes", ordering="size_total")
    def size_count(self, family: Any) -> str:
        return str(family.size_total or "–")

    @display(description="categories")
    def categories(self, family: Any) -> str:
        return ", ".join(link.category.name for link in family.category_links.all()) or "–"
