"""Storage and validation of codes and tokens (contract AUTH, TOK; RFC 6749).

Only hashes are stored. A refresh token is superseded at its first use. Used again within the grace
period it gives the same answer; later it revokes its whole family (RFC 9700 §4.14.2).
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError

from integration.models import AccessToken, Application, Grant, Merchant, RefreshToken, User

from . import authorizations, client_roles
from .tokens import checksum

GRACE = timedelta(seconds=60)


class StreamValidator(OAuth2Validator):
    """django-oauth-toolkit's validator with our storage."""

    # --- Authorization codes: `Grant.code` is a checksum, so look-ups are by checksum.

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        grant = self._create_authorization_code(request, {**code, "code": checksum(code["code"])})
        Grant.objects.filter(pk=grant.pk).update(role=request.client_role)

    def validate_code(
        self, client_id: str, code: str, client: Application, request: Request, *a: Any, **k: Any
    ) -> bool:
        """Accept a code once, within 60 s, and while its user is an active owner."""
        grant = self._grant(code, request)
        if grant is None:
            return False
        if grant.used_at is not None:
            authorizations.revoke_family(grant.token_family)
            return False
        if grant.is_expired() or not grant.user.is_active or not grant.user.is_owner:
            return False
        request.scopes = grant.scope.split(" ")
        request.user = grant.user
        request.grant = grant
        return True

    def get_default_redirect_uri(
        self, client_id: str, request: Request, *args: Any, **kwargs: Any
    ) -> str:
        """Return that of the code, for an exchange that need not repeat it."""
        uri: str = request.grant.redirect_uri
        return uri

    def confirm_redirect_uri(
        self,
        client_id: str,
        code: str,
        redirect_uri: str,
        client: Application,
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        grant = self._grant(code, request)
        if grant is None or not grant.redirect_uri_allowed(redirect_uri):
            raise InvalidGrantError  # RFC 6749 §5.2; oauthlib would say invalid_request.
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        grant = self._grant(code, request)
        return grant.code_challenge or None if grant else None

    def get_code_challenge_method(self, code: str, request: Request) -> str | None:
        grant = self._grant(code, request)
        return grant.code_challenge_method or None if grant else None

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Keep the code, marked as used, so that a second use is recognized."""
        Grant.objects.filter(pk=request.grant.pk).update(
            used_at=timezone.now(), token_family=request.token_family
        )

    @staticmethod
    def _grant(code: str, request: Request) -> Grant | None:
        # Locked: of two exchanges at the same instant, the second finds the code used.
        grants = Grant.objects.select_for_update(of=("self",)).select_related("user")
        return grants.filter(
            code=checksum(code), application=request.client, role=request.client_role
        ).first()

    # --- Refresh tokens.

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        tokens = RefreshToken.objects.select_for_update(of=("self",)).select_related("user")
        presented = tokens.filter(
            token_checksum=checksum(refresh_token), application=client, role=request.client_role
        ).first()
        now = timezone.now()
        if presented is None or presented.expires <= now or not _may_refresh(presented):
            return False
        if presented.revoked is not None and not self._is_retry(presented, request, now):
            authorizations.revoke_family(presented.token_family)
            return False
        request.user = presented.user
        request.refresh_token = refresh_token
        request.presented = presented
        return True

    @staticmethod
    def _is_retry(presented: RefreshToken, request: Request, now: datetime) -> bool:
        """Return True if this repeats a refresh whose answer was lost."""
        if presented.superseded_at is None or now - presented.superseded_at > GRACE:
            return False
        return RefreshToken.objects.filter(
            token_family=presented.token_family, revoked=None, expires__gt=now
        ).exists()

    def get_original_scopes(
        self, refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> list[str]:
        scopes: list[str] = request.presented.scope.split()
        return scopes

    # --- The token answer.

    def save_bearer_token(
        self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Store the pair of tokens, and complete the answer with the fields of the role."""
        presented: RefreshToken | None = getattr(request, "presented", None)
        role = client_roles.named(request.client_role)
        request.token_family = presented.token_family if presented else uuid.uuid4()
        existing = self._existing(token) if presented else None
        access, refresh = existing or self._store(token, request)
        if presented is None:
            role.authorized(access.merchant)
        elif presented.superseded_at is None:
            self._supersede(presented)
        token.update(
            scope=access.scope,
            # Computed from what is stored, so that a repeated answer says when the token ends.
            expires_in=_seconds_until(access.expires),
            **role.token_fields(access, refresh),
        )

    @staticmethod
    def _existing(token: dict[str, Any]) -> tuple[AccessToken, RefreshToken] | None:
        """Find the pair that an earlier use of the same refresh token issued."""
        tokens = AccessToken.objects.select_related("user", "merchant")
        access = tokens.filter(token_checksum=checksum(token["access_token"])).first()
        refresh = RefreshToken.objects.filter(token_checksum=checksum(token["refresh_token"]))
        return (access, refresh.get()) if access else None

    def _store(self, token: dict[str, Any], request: Request) -> tuple[AccessToken, RefreshToken]:
        now = timezone.now()
        user: User = request.user
        merchant: Merchant = (
            request.presented.merchant if hasattr(request, "presented") else _merchant_of(user)
        )
        common = {
            "user": user,
            "merchant": merchant,
            "application": request.client,
            "role": request.client_role,
            "token_family": request.token_family,
        }
        access = AccessToken(
            expires=_later(now, settings.ACCESS_TOKEN_SECONDS), scope=token["scope"], **common
        )
        self._set_token_value(access, token["access_token"])
        access.save()
        refresh = RefreshToken(
            expires=_later(now, settings.REFRESH_TOKEN_SECONDS),
            # A refresh may ask for less, but what it may ask for next time stays (RFC 6749 §6).
            scope=request.presented.scope if hasattr(request, "presented") else token["scope"],
            access_token=access,
            **common,
        )
        self._set_token_value(refresh, token["refresh_token"])
        refresh.save()
        return access, refresh

    @staticmethod
    def _supersede(presented: RefreshToken) -> None:
        """Let the old access token live on for the grace, for requests under way."""
        now = timezone.now()
        RefreshToken.objects.filter(pk=presented.pk).update(revoked=now, superseded_at=now)
        AccessToken.objects.filter(pk=presented.access_token_id, expires__gt=now + GRACE).update(
            expires=now + GRACE
        )


def _may_refresh(presented: RefreshToken) -> bool:
    """Return True if the user is active and still with the merchant, as the bearer check does."""
    user: User = presented.user
    return user.is_active and user.merchant_id == presented.merchant_id


def _merchant_of(user: User) -> Merchant:
    # validate_code accepts owners only, and an owner always has a merchant.
    assert user.merchant is not None
    return user.merchant


def _later(now: datetime, seconds: int) -> datetime:
    return now + timedelta(seconds=seconds)


def _seconds_until(instant: datetime) -> int:
    return max(0, int((instant - timezone.now()).total_seconds() + 0.5))
