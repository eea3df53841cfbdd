"""Whether a merchant's authorization lives, since when, and its end (contract CON)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from integration.models import AccessToken, Grant, RefreshToken

# Whose tokens work: of users who may sign in, and are still with the merchant they authorized for.
_GOOD_USER = Q(user__is_active=True, user__merchant=F("merchant"))


@dataclass(frozen=True)
class Authorization:
    """What a merchant sees of its authorization."""

    since: datetime
    expires_at: datetime
    authorized_by: str
    scopes: list[str]


def is_live(merchant_id: int) -> bool:
    """An authorization ends when its last token family is revoked or expired."""
    now = timezone.now()
    return (
        RefreshToken.objects.filter(
            _GOOD_USER, merchant_id=merchant_id, revoked=None, expires__gt=now
        ).exists()
        or AccessToken.objects.filter(_GOOD_USER, merchant_id=merchant_id, expires__gt=now).exists()
    )


def live_merchant_ids() -> set[int]:
    """All merchants whose authorization lives: for sweeps, which ask about many at once."""
    now = timezone.now()
    refreshing = RefreshToken.objects.filter(_GOOD_USER, revoked=None, expires__gt=now)
    reading = AccessToken.objects.filter(_GOOD_USER, expires__gt=now)
    return {
        *refreshing.values_list("merchant_id", flat=True).distinct(),
        *reading.values_list("merchant_id", flat=True).distinct(),
    }


def current(merchant_id: int) -> Authorization | None:
    """The newest living authorization of the merchant, for its account page."""
    token = (
        RefreshToken.objects.filter(
            _GOOD_USER, merchant_id=merchant_id, revoked=None, expires__gt=timezone.now()
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
def end(merchant_id: int) -> int:
    """Revokes every token of the merchant at once; returns how many families ended."""
    live = RefreshToken.objects.filter(merchant_id=merchant_id, revoked=None)
    families = live.values("token_family").distinct().count()
    live.update(revoked=timezone.now())
    AccessToken.objects.filter(merchant_id=merchant_id).delete()
    return families


@transaction.atomic
def end_family(token_family: UUID | None) -> None:
    """Revokes what came of one authorization code, after a sign that it was stolen."""
    if token_family is None:
        return
    RefreshToken.objects.filter(token_family=token_family, revoked=None).update(
        revoked=timezone.now()
    )
    AccessToken.objects.filter(token_family=token_family).delete()


def forget_expired(before: datetime) -> None:
    """Deletes codes and tokens that expired before then."""
    Grant.objects.filter(expires__lt=before).delete()
    AccessToken.objects.filter(expires__lt=before).delete()
    RefreshToken.objects.filter(expires__lt=before).delete()
