"""Pairs of tokens as rows, with their lifetimes."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from oauth2_provider.models import set_token_value
from oauthlib.common import Request

from integration.models import AccessToken, RefreshToken

from .tokens import checksum, derived_pairs


def issued_before(
    token: dict[str, Any], request: Request
) -> tuple[AccessToken, RefreshToken] | None:
    """Find the pair that an earlier use of the same refresh token issued, and put it in `token`."""
    presented: RefreshToken | None = getattr(request, "presented", None)
    if presented is None or presented.superseded_at is None:
        return None
    accesses = AccessToken.objects.select_related("user", "merchant")
    for access_token, refresh_token in derived_pairs(request.refresh_token):
        access = accesses.filter(token_checksum=checksum(access_token)).first()
        if access is not None:
            token.update(access_token=access_token, refresh_token=refresh_token)
            return access, RefreshToken.objects.get(token_checksum=checksum(refresh_token))
    return None


def store(token: dict[str, Any], request: Request) -> tuple[AccessToken, RefreshToken]:
    """Store the new pair: of the request's code, or of the refresh token that it presents."""
    now = timezone.now()
    presented: RefreshToken | None = getattr(request, "presented", None)
    consented_at = presented.consented_at if presented else now
    common = _common(request)
    access = AccessToken(
        expires=_end(now, settings.ACCESS_TOKEN_SECONDS, consented_at),
        scope=token["scope"],
        **common,
    )
    set_token_value(access, token["access_token"])
    access.save()
    refresh = RefreshToken(
        expires=_end(now, settings.REFRESH_TOKEN_SECONDS, consented_at),
        # A refresh may ask for less, but what it may ask for next time stays (RFC 6749 §6).
        scope=presented.scope if presented else token["scope"],
        consented_at=consented_at,
        access_token=access,
        **common,
    )
    set_token_value(refresh, token["refresh_token"])
    refresh.save()
    return access, refresh


def _common(request: Request) -> dict[str, Any]:
    """Return what both tokens of a pair hold."""
    return {
        "user": request.user,
        "merchant": request.authorization.merchant,
        "application": request.client,
        "role": request.client_role,
        "authorization": request.authorization,
        "epoch": request.authorization.epoch,
        "token_family": request.token_family,
    }


def _end(now: datetime, seconds: int, consented_at: datetime) -> datetime:
    """Return when a token ends: with its own lifetime, or with that of the whole consent."""
    last = consented_at + timedelta(seconds=settings.AUTHORIZATION_SECONDS)
    return min(now + timedelta(seconds=seconds), last)
