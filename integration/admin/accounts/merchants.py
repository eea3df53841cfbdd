"""The admin of merchants, for our own staff only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from integration import wakeups
from integration.admin.shared.search import ShortSearchAdmin
from integration.admin.shared.shared_edits import SharedEditsAdmin
from integration.admin.shared.tenancy import TenantForm, is_own_staff
from integration.models import Merchant


@admin.register(Merchant)
class MerchantAdmin(SharedEditsAdmin, ShortSearchAdmin):
    form = TenantForm
    list_display = ["name", "provider_id", "currency_code", "created_at"]
    search_fields = ["name", "provider_id"]
    ordering = ["name"]
    readonly_fields = ["provider_id", "created_at"]
    fieldsets = [
        (None, {"fields": ["name", "currency"]}),
        ("For Stream", {"fields": ["provider_id", "created_at"]}),
    ]
    warn_unsaved_form = True

    @display(description="currency", ordering="currency")
    def currency_code(self, merchant: Merchant) -> str:
        return merchant.currency.upper()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "currency":
            field.help_text = (
                "Three lower-case letters, such as usd. Changing it does not convert prices."
            )
        return field

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        wakeups.on_commit("catalog.tasks.refresh", obj.pk)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_own_staff(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_own_staff(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_own_staff(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_own_staff(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
