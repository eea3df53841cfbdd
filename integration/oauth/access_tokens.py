"""Look-up of presented access tokens: one query at the start of every API request."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from integration.db.compiled import CompiledQuery, Execution, Parameter
from integration.models import AccessToken

from .tokens import checksum


def find(token: str) -> AccessToken | None:
    """Return the unexpired token with its user and merchant, or None.

    Only the fields that requests need are loaded; the others are read on access.
    """
    query, values = look_up(token)
    return found(query.rows(**values))


def look_up(token: str) -> Execution:
    """Return the query of `find`, for a caller that asks more in the same round trip."""
    return _TOKEN, {"checksum": checksum(token), "now": timezone.now()}


def found(rows: Iterable[Sequence[Any]]) -> AccessToken | None:
    """Return the token in the rows of that query, or None."""
    return next(_TOKEN.load(rows), None)


def _unexpired() -> "QuerySet[AccessToken]":
    return (
        AccessToken.objects.filter(
            token_checksum=Parameter("checksum", CharField()),
            expires__gt=Parameter("now", DateTimeField()),
            user__isnull=False,
        )
        .select_related("user", "merchant")
        .only(
            "scope", "user__is_active", "user__merchant_id",
            "merchant__provider_id", "merchant__name", "merchant__currency",
        )
    )  # fmt: skip


_TOKEN = CompiledQuery(_unexpired)
