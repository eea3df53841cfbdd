"""For admin pages of records that people look at and nobody writes there."""

from typing import Any

from django.http import HttpRequest


class LookOnly:
    """To stand before the admin class whose permissions it narrows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
