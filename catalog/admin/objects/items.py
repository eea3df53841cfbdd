"""The admin of items, the sizes of a family."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from catalog import models
from catalog.admin.bulk.archiving import url_of
from catalog.admin.scope.unavailable_filter import UnavailableFilter
from catalog.models import Item

from .base import MenuObjectAdmin
from .families import PRICE_DROPPED
from .inlines import AtLocationInline, DspPriceInline, MenuInline


class ItemModifierPriceInline(MenuInline):
    model = models.ItemModifierPrice
    merchant_path = "item__merchant"
    autocomplete_fields = ["modifier"]
    fields = ["modifier", "price_amount"]


class ItemDspPriceInline(DspPriceInline):
    model = models.ItemDspPrice


class ItemAtLocationInline(AtLocationInline):
    model = models.ItemAtLocation


@admin.register(Item)
class ItemAdmin(MenuObjectAdmin):
    has_location_rows = True
    bulk_pages = ("off", "prices")
    list_display = ["name", "family_name", "price", "sku", "is_active"]
    list_filter = [*MenuObjectAdmin.list_filter, UnavailableFilter]
    list_select_related = ["family"]
    search_fields = ["name", "family__name", "=provider_id", "sku", "upc"]
    search_help_text = "Name, family, ID, SKU or UPC"
    ordering = ["family__name", "position", "pk"]
    autocomplete_fields = ["family"]
    inlines = [ItemModifierPriceInline, ItemDspPriceInline, ItemAtLocationInline]
    object_fieldsets = [
        (None, {"fields": ["family", "name", "price_amount", "is_active"]}),
        ("Codes", {"fields": ["sku", "upc"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "family"] if obj is not None else fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not change:
            obj.position = Item.objects.filter(family=obj.family_id).count()
            self._drop_price_of_family(request, obj.family)
        super().save_model(request, obj, form, change)

    def _drop_price_of_family(self, request: HttpRequest, family: models.ItemFamily) -> None:
        if family.price_amount is not None:
            family.price_amount = None
            family.save(update_fields=["price_amount", "updated_at"])
            self.message_user(request, PRICE_DROPPED.format(family), messages.WARNING)

    @display(description="item family", ordering="family__name")
    def family_name(self, item: Item) -> str:
        return item.family.name

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        """Archive the items, but leave no family without a price."""
        selected = list(queryset.filter(archived_at=None).select_related("family"))
        last_sizes = _last_sizes(selected)
        for item in last_sizes:
            sentence = format_html(
                "“{}” is the last size of <a href='{}'>“{}”</a>: first give “{}” a price, or"
                " archive it as a whole.",
                *(item, url_of(item.family), item.family, item.family),
            )
            self.message_user(request, sentence, messages.ERROR)
        kept = queryset.exclude(pk__in=[item.pk for item in last_sizes])
        return super().archive(request, kept)


def _last_sizes(items: list[Item]) -> list[Item]:
    """Return one size of each family that would be left without a size and a price."""
    families = {item.family_id: item for item in items if _needs_a_size(item)}
    keys = [item.pk for item in items]
    remaining = Item.objects.filter(family__in=families, archived_at=None).exclude(pk__in=keys)
    with_sizes = set(remaining.values_list("family_id", flat=True))
    return [item for family_id, item in families.items() if family_id not in with_sizes]


def _needs_a_size(item: Item) -> bool:
    return item.family.price_amount is None and item.family.archived_at is None
