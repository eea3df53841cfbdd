"""Look-up of presented access tokens: one query at the start of every API request."""

from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from integration.db.compiled import CompiledQuery, Parameter
from integration.models import AccessToken

from .tokens import checksum


def find(token: str) -> AccessToken | None:
    """Return the unexpired token with its user and merchant, or None.

    Only the fields that requests need are loaded; the others are read on access.
    """
    return next(_TOKEN.objects(checksum=checksum(token), now=timezone.now()), None)


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
