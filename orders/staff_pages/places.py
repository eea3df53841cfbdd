"""The locations that our own staff choose from before a page shows one."""

from typing import Any

from catalog.locations.access import visible_locations
from integration.models import User

from .language import LANGUAGES

_MAX_CHOICES = 300


def place_choices(user: User, page_address: str) -> dict[str, Any]:
    """Return the context of `board/locations.html`, whose choices lead to `page_address`.

    Merchants' users get there only when they have no location.
    """
    active = visible_locations(user).filter(archived_at=None).select_related("merchant")
    by_name = active.order_by("merchant__name", "name")[:_MAX_CHOICES]
    return {"places": by_name, "languages": LANGUAGES, "page_address": page_address}
