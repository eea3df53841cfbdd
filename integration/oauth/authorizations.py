"""Merchants' authorizations of clients: their state, and their end (contract CON).

An authorization is one row for a merchant, a role and a client. Everything that issues, renews or
revokes its codes and tokens locks the row first, so that these happen one after the other, and
what is of an epoch before the row's present one is dead: at the token endpoint, at the bearer
check, and for the connection of locations and stores.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone

from integration.db import batches
from integration.models import AccessToken, Authorization, Grant, RefreshToken, User
from integration.models.authorizations import POS
from integration.roles import Role

from . import client_roles

# The person who gave the authorization is an owner of the merchant still.
IS_OWNERS = Q(user__is_active=True, user__role=Role.OWNER, user__merchant=F("merchant"))
_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Summary:
    """An authorization as the merchant sees it."""

    since: datetime
    expires_at: datetime
    renews: bool
    last_used_at: datetime
    authorized_by: str
    has_left: bool
    scopes: list[str]


# --- What is live.


def is_live(merchant_id: int, role: str = POS) -> bool:
    """Return True while a token family of the merchant is neither revoked nor expired."""
    refresh_tokens, access_tokens = _live(timezone.now(), role)
    return (
        refresh_tokens.filter(merchant_id=merchant_id).exists()
        or access_tokens.filter(merchant_id=merchant_id).exists()
    )


def liveness(merchant_id: Any, now: Any, client_id: Any, role: str = POS) -> Q:
    """Return `is_live` as a condition, of expressions for a merchant's key, time and client."""
    refresh_tokens, access_tokens = _live(now, role, client_id)
    return Q(Exists(refresh_tokens.filter(merchant_id=merchant_id))) | Q(
        Exists(access_tokens.filter(merchant_id=merchant_id))
    )


def live_merchant_ids(role: str = POS) -> set[int]:
    """Return all merchants with a live authorization, for sweeps over many."""
    return {
        merchant_id
        for tokens in _live(timezone.now(), role)
        for merchant_id in tokens.values_list("merchant_id", flat=True).distinct()
    }


def live_families(merchant_id: int, role: str = POS) -> int:
    """Return how many consents of the merchant in the role are live side by side."""
    refresh_tokens, _ = _live(timezone.now(), role)
    of_merchant = refresh_tokens.filter(merchant_id=merchant_id)
    return of_merchant.values("token_family").distinct().count()


def current(merchant_id: int, role: str = POS) -> Summary | None:
    """Return the merchant's live authorization, for its account page."""
    refresh_tokens, _ = _live(timezone.now(), role)
    of_merchant = refresh_tokens.filter(merchant_id=merchant_id).order_by("-expires")
    tokens: list[RefreshToken] = list(of_merchant.select_related("authorization"))
    if not tokens or tokens[0].authorization is None:
        return None
    newest, authorization = tokens[0], tokens[0].authorization
    last = newest.consented_at + timedelta(seconds=settings.AUTHORIZATION_SECONDS)
    return Summary(
        since=min(one.consented_at for one in tokens),
        expires_at=newest.expires,
        renews=newest.expires < last,
        last_used_at=authorization.last_used_at,
        authorized_by=authorization.authorized_by,
        has_left=not Authorization.objects.filter(IS_OWNERS, pk=authorization.pk).exists(),
        scopes=newest.scope.split(),
    )


def given_by(user: User) -> list[Authorization]:
    """Return the live authorizations that this person gave last."""
    given = Authorization.objects.filter(user=user).select_related("merchant").order_by("pk")
    return [one for one in given if is_live(one.merchant_id, one.role)]


def _live(now: Any, role: str, client_id: Any = None) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """Select the refresh tokens and the access tokens of live authorizations in the role."""
    conditions = {
        "role": role,
        "expires__gt": now,
        "authorization__epoch": F("epoch"),
        "authorization__client_id": client_roles.client_id_of(role)
        if client_id is None
        else client_id,
    }
    return (
        RefreshToken.objects.filter(revoked=None, **conditions),
        AccessToken.objects.filter(**conditions),
    )


# --- Issuing: the caller is in the transaction that stores what it issues.


def of_merchant(merchant_id: int, role: str, client_id: str) -> Authorization:
    """Return the merchant's authorization of the client, live or not; create it at first."""
    authorization, _ = Authorization.objects.get_or_create(
        merchant_id=merchant_id, role=role, client_id=client_id
    )
    return authorization


def hold(**of: Any) -> Authorization | None:
    """Lock the authorization until the transaction ends; None if there is none.

    Read what depends on it afterwards: until then another may have changed it.
    """
    locked = Authorization.objects.select_for_update(of=("self",), no_key=True)
    return locked.filter(**of).first()


def note_consent(authorization: Authorization, user: User) -> None:
    """Record who has just authorized the client."""
    now = timezone.now()
    Authorization.objects.filter(pk=authorization.pk).update(
        user=user,
        authorized_by=user.email,
        authorized_at=now,
        last_used_at=now,
        owners_told_at=None,
    )


def note_use(authorization: Authorization, every: timedelta = _USE_NOTED_EVERY) -> None:
    """Record that the client uses the authorization, at most once in that time.

    Failing to is no reason to refuse the client.
    """
    now = timezone.now()
    if now - authorization.last_used_at < every:
        return
    noted = Authorization.objects.filter(pk=authorization.pk, last_used_at__lt=now)
    try:
        with transaction.atomic():
            noted.update(last_used_at=now)
    except DatabaseError:  # Locked for longer than we wait, or a standby that takes no writes.
        return


# --- Ending.


@transaction.atomic
def revoke_all(merchant_id: int, role: str = POS) -> int:
    """End the merchant's authorizations in the role; return how many families ended."""
    held = Authorization.objects.select_for_update(no_key=True).order_by("pk")
    return sum(_end(one) for one in held.filter(merchant_id=merchant_id, role=role))


@transaction.atomic
def retire_client(client_id: str) -> tuple[int, int]:
    """End every authorization of the client; return how many merchants and families it had."""
    held = Authorization.objects.select_for_update(no_key=True).order_by("pk")
    ended = [(one.merchant_id, _end(one)) for one in held.filter(client_id=client_id)]
    return len({merchant_id for merchant_id, families in ended if families}), sum(
        families for _, families in ended
    )


def _end(authorization: Authorization) -> int:
    """End the locked authorization, with its pending codes; return how many families ended."""
    live = RefreshToken.objects.filter(authorization=authorization, revoked=None)
    families = live.values("token_family").distinct().count()
    Authorization.objects.filter(pk=authorization.pk).update(epoch=F("epoch") + 1)
    live.update(revoked=timezone.now())
    AccessToken.objects.filter(authorization=authorization).delete()
    return families


@transaction.atomic
def revoke_family(token_family: UUID | None) -> None:
    """Revoke the tokens issued for one authorization code, as after a sign of theft."""
    if token_family is None:
        return
    for authorization_id in set(
        RefreshToken.objects.filter(token_family=token_family).values_list(
            "authorization", flat=True
        )
    ):
        hold(pk=authorization_id)
    RefreshToken.objects.filter(token_family=token_family, revoked=None).update(
        revoked=timezone.now()
    )
    AccessToken.objects.filter(token_family=token_family).delete()


# --- Housekeeping.


@transaction.atomic
def adopt(merchant_id: int, role: str = POS) -> None:
    """Attach tokens without an authorization: during an upgrade, old processes issue such ones."""
    stray = RefreshToken.objects.filter(
        merchant_id=merchant_id, role=role, authorization=None, revoked=None
    ).select_related("application")
    for token in stray:
        authorization = of_merchant(merchant_id, role, token.application.client_id)
        hold(pk=authorization.pk)
        for model in (RefreshToken, AccessToken):
            model.objects.filter(token_family=token.token_family, authorization=None).update(
                authorization=authorization, epoch=authorization.epoch
            )


def delete_expired(before: datetime, step: Callable[[], object]) -> None:
    """Delete codes and tokens that expired before that time; call `step` between batches."""
    models: list[Any] = [Grant, AccessToken, RefreshToken]
    for model in models:
        batches.delete(model.objects.filter(expires__lt=before), step=step)
