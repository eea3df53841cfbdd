"""Limit users to some locations, on the location's page and on the user's page."""

from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest

from catalog.models import LocationAccess
from integration.admin.accounts.users import PersonAdmin
from integration.admin.shared.tenancy import (
    TenantForm,
    TenantFormSet,
    TenantInline,
    is_owner_or_own_staff,
)


class AccessForm(TenantForm):
    def _post_clean(self) -> None:
        try:
            super()._post_clean()  # type: ignore[misc]  # private
        except ObjectDoesNotExist:  # A choice is missing or invalid; its field reports that.
            if not self.errors:
                raise


class AccessFormSet(TenantFormSet):
    """Refuse limits for owners, who see every location."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            user = None if form.errors else form.cleaned_data.get("user")
            if user is not None and user.is_owner and form not in self.deleted_forms:
                raise forms.ValidationError(
                    f"{user} is an owner, and owners see every location. Remove this row or change"
                    " the role first."
                )


class AccessInline(TenantInline):
    model = LocationAccess
    form = AccessForm
    formset = AccessFormSet
    merchant_path = "location__merchant"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_owner_or_own_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_owner_or_own_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_owner_or_own_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_owner_or_own_staff(request)


class AccessAtLocationInline(AccessInline):
    verbose_name = "user limited to this location"
    verbose_name_plural = "limited users"
    autocomplete_fields = ["user"]
    fields = ["user"]


class AccessOfPersonInline(AccessInline):
    verbose_name = "location"
    verbose_name_plural = "limited to locations"
    autocomplete_fields = ["location"]
    fields = ["location"]


PersonAdmin.inlines.append(AccessOfPersonInline)
