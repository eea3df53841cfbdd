"""Orders are looked at here, never changed."""

from typing import Any

from django.http import HttpRequest

from integration.admin.tenancy import TenantAdmin


class ReadOnlyAdmin(TenantAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for _, part in self.object_fieldsets for name in part["fields"]]
        return [*shown, "merchant"]
