"""Look-up of presented access tokens: one query at the start of every API request."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import CharField, DateTimeField, F, QuerySet
from django.utils import timezone

from integration.db.compiled import CompiledQuery, Execution, Parameter
from integration.models import AccessToken

from . import client_roles
from .tokens import checksum


def find(token: str) -> AccessToken | None:
    """Return the token if it is good, with its merchant and its authorization, or None.

    Only the fields that requests need are loaded; the others are read on access.
    """
    query, values = look_up(token)
    return found(query.rows(**values))


def look_up(token: str) -> Execution:
    """Return the query of `find`, for a caller that asks more in the same round trip."""
    return _TOKEN, {"checksum": checksum(token), "now": timezone.now()}


def found(rows: Iterable[Sequence[Any]]) -> AccessToken | None:
    """Return the token in the rows of that query if it is good, or None."""
    token = next(_TOKEN.load(rows), None)
    if token is None:
        return None
    authorization = token.authorization
    return token if client_roles.is_named(authorization.role, authorization.client_id) else None


def _good() -> "QuerySet[AccessToken]":
    return (
        AccessToken.objects.filter(
            token_checksum=Parameter("checksum", CharField()),
            expires__gt=Parameter("now", DateTimeField()),
            authorization__epoch=F("epoch"),
        )
        .select_related("authorization", "merchant")
        .only(
            "scope", "epoch", "authorization__role", "authorization__client_id",
            "authorization__last_used_at",
            "merchant__provider_id", "merchant__name", "merchant__currency",
        )
    )  # fmt: skip


_TOKEN = CompiledQuery(_good)
