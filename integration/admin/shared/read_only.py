"""Read-only admin pages."""

from typing import Any

from django.http import HttpRequest


class ReadOnlyMixin:
    """Forbid adding and changing; list it before the admin class it restricts."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
