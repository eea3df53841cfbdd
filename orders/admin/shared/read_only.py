"""Read-only base of the orders admin."""

from typing import Any

from django.http import HttpRequest

from integration.admin.shared.read_only import ReadOnlyMixin
from integration.admin.shared.tenancy import TenantAdmin


class ReadOnlyAdmin(ReadOnlyMixin, TenantAdmin):
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [name for _, part in self.object_fieldsets for name in part["fields"]]
        return [*shown, "merchant"]
