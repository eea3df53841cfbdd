"""Merchants' authorizations of Stream in one role: their state, and their end (contract CON)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Q
from django.utils import timezone

from integration.db import batches
from integration.models import AccessToken, Grant, RefreshToken
from integration.models.oauth import POS

# Tokens are good while their user may sign in and still belongs to the merchant authorized for.
_VALID_USER = Q(user__is_active=True, user__merchant=F("merchant"))


@dataclass(frozen=True)
class Authorization:
    """An authorization as the merchant sees it."""

    since: datetime
    expires_at: datetime
    authorized_by: str
    scopes: list[str]


def is_live(merchant_id: int, role: str = POS) -> bool:
    """Return True while a token family of the merchant is neither revoked nor expired."""
    now = timezone.now()
    return (
        RefreshToken.objects.filter(
            _VALID_USER, merchant_id=merchant_id, role=role, revoked=None, expires__gt=now
        ).exists()
        or AccessToken.objects.filter(
            _VALID_USER, merchant_id=merchant_id, role=role, expires__gt=now
        ).exists()
    )


def liveness(merchant_id: Any, now: Any, role: str = POS) -> Q:
    """Return `is_live` as a condition, of expressions for a merchant's key and the time."""
    of_merchant = {"merchant_id": merchant_id, "role": role, "expires__gt": now}
    refresh_tokens = RefreshToken.objects.filter(_VALID_USER, revoked=None, **of_merchant)
    access_tokens = AccessToken.objects.filter(_VALID_USER, **of_merchant)
    return Q(Exists(refresh_tokens)) | Q(Exists(access_tokens))


def live_merchant_ids(role: str = POS) -> set[int]:
    """Return all merchants with a live authorization, for sweeps over many."""
    now = timezone.now()
    refresh_tokens = RefreshToken.objects.filter(
        _VALID_USER, role=role, revoked=None, expires__gt=now
    )
    access_tokens = AccessToken.objects.filter(_VALID_USER, role=role, expires__gt=now)
    return {
        *refresh_tokens.values_list("merchant_id", flat=True).distinct(),
        *access_tokens.values_list("merchant_id", flat=True).distinct(),
    }


def live_families(merchant_id: int, role: str = POS) -> int:
    """Return how many authorizations of the merchant in the role are live side by side."""
    live = RefreshToken.objects.filter(
        _VALID_USER, merchant_id=merchant_id, role=role, revoked=None, expires__gt=timezone.now()
    )
    return live.values("token_family").distinct().count()


def current(merchant_id: int, role: str = POS) -> Authorization | None:
    """Return the merchant's newest live authorization, for its account page."""
    token = (
        RefreshToken.objects.filter(
            _VALID_USER,
            merchant_id=merchant_id,
            role=role,
            revoked=None,
            expires__gt=timezone.now(),
        )
        .select_related("user")
        .order_by("-created")
        .first()
    )
    if token is None:
        return None
    first = RefreshToken.objects.filter(token_family=token.token_family).earliest("created")
    return Authorization(
        since=first.created,
        expires_at=token.expires,
        authorized_by=token.user.email,
        scopes=token.scope.split(),
    )


@transaction.atomic
def revoke_all(merchant_id: int, role: str = POS) -> int:
    """Revoke every token of the merchant in the role; return how many families ended."""
    live = RefreshToken.objects.filter(merchant_id=merchant_id, role=role, revoked=None)
    families = live.values("token_family").distinct().count()
    live.update(revoked=timezone.now())
    AccessToken.objects.filter(merchant_id=merchant_id, role=role).delete()
    return families


@transaction.atomic
def revoke_family(token_family: UUID | None) -> None:
    """Revoke the tokens issued for one authorization code, after a sign of theft."""
    if token_family is None:
        return
    RefreshToken.objects.filter(token_family=token_family, revoked=None).update(
        revoked=timezone.now()
    )
    AccessToken.objects.filter(token_family=token_family).delete()


def delete_expired(before: datetime, step: Callable[[], object]) -> None:
    """Delete codes and tokens that expired before that time; call `step` between batches."""
    models: list[Any] = [Grant, AccessToken, RefreshToken]
    for model in models:
        batches.delete(model.objects.filter(expires__lt=before), step=step)
