"""An autocomplete choice within one merchant."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect

from integration.models import Merchant


class TenantAutocomplete(AutocompleteSelect):
    """Search one merchant's objects; the current choice needs no query."""

    def __init__(self, *args: Any, merchant: Merchant | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        self.known: dict[str, str] = {}  # Key → name of the objects loaded with the row.

    def get_url(self) -> str:
        url = super().get_url()
        return f"{url}?merchant={self.merchant.pk}" if self.merchant else url

    def optgroups(
        self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None
    ) -> list[Any]:
        keys = [str(key) for key in value if _is_key(str(key))]  # Others would fail in the query.
        chosen = keys[0] if len(keys) == 1 else ""
        if chosen not in self.known:
            return super().optgroups(name, keys, attr)
        empty = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        option = self.create_option(name, chosen, self.known[chosen], True, len(empty))
        return [(None, [*empty, option], 0)]


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
