"""What histories keep when personal data is erased, and how it is written."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from django.db.models import Model, QuerySet

HISTORY_TEXT = "Personal data erased"
# History details that name no customer: Stream's codes, and staff names.
_KEPT_KEYS = frozenset({"by", "why", "source", "status", "delivery_status"})


class StillOpen(Exception):
    """The order is still open, so its personal data is needed; the message says so."""


def without_personal_data(details: Mapping[str, Any]) -> dict[str, Any]:
    """Keep only the history details that name no customer: numbers and some known keys."""
    return {
        name: value
        for name, value in details.items()
        if isinstance(value, bool | int | float) or name in _KEPT_KEYS
    }


def erase_from(entries: "QuerySet[Any]") -> None:
    """Take the personal data out of these history entries."""
    kept = {
        key: (details, without_personal_data(details))
        for key, details in entries.exclude(details={}).values_list("pk", "details")
    }
    rewrite(entries.model, {key: new for key, (old, new) in kept.items() if new != old})


def rewrite(model: type[Model], details: Mapping[Any, dict[str, Any]]) -> None:
    """Set `details` of these rows, with one UPDATE for all rows that get the same value."""
    alike = defaultdict(list)
    for key, value in details.items():
        alike[orjson.dumps(value, option=orjson.OPT_SORT_KEYS)].append(key)
    for text, keys in alike.items():
        model._default_manager.filter(pk__in=keys).update(details=orjson.loads(text))
