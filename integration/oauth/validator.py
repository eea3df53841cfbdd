"""Storage and validation of codes and tokens (contract AUTH, TOK; RFC 6749).

Only hashes are stored. A refresh token is superseded at its first use. Used again within the grace
period it gives the same answer; later it revokes its whole family (RFC 9700 §4.14.2). All of this
happens while the authorization is locked, so that nothing survives its end.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError

from integration.models import AccessToken, Application, Authorization, Grant, RefreshToken

from . import authorizations, client, client_roles, token_store
from .tokens import checksum

GRACE = timedelta(seconds=60)


class StreamValidator(OAuth2Validator):
    """django-oauth-toolkit's validator with our clients and our storage."""

    # --- Clients: the settings name them, and the endpoints have read their credentials.

    def _load_application(self, client_id: str, request: Request) -> Application | None:
        request.client = client.find(client_id)
        return request.client

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        request.client = client.authenticated(request.client_id, request.client_secret)
        return request.client is not None

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Compare exactly, for loopback URIs too (RFC 9700 §4.1.1)."""
        return redirect_uri in client.redirect_uris(client_id)

    # --- Authorization codes: `Grant.code` is a checksum, so look-ups are by checksum.

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        grant = self._create_authorization_code(request, {**code, "code": checksum(code["code"])})
        authorization = authorizations.of_merchant(
            request.user.merchant_id, request.client_role, client_id
        )
        Grant.objects.filter(pk=grant.pk).update(
            role=request.client_role, authorization=authorization, epoch=authorization.epoch
        )

    def validate_code(
        self, client_id: str, code: str, client: Application, request: Request, *a: Any, **k: Any
    ) -> bool:
        """Accept a code once, within 60 s, while its owner may give it and it was not ended."""
        authorization = authorizations.hold(grant_rows__code=checksum(code))
        grant = (
            Grant.objects.select_related("user")
            .filter(code=checksum(code), application=client, role=request.client_role)
            .first()
        )
        if grant is None or authorization is None:
            return False
        if grant.used_at is not None:
            authorizations.revoke_family(grant.token_family)
            return False
        if grant.is_expired() or not _may_give(grant, authorization):
            return False
        if request.code_verifier and not grant.code_challenge:
            return False  # Somebody took the challenge out of the request (RFC 9700 §4.8.2).
        request.scopes = grant.scope.split(" ")
        request.user = grant.user
        request.grant = grant
        request.authorization = authorization
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
        if not request.grant.redirect_uri_allowed(redirect_uri):
            raise InvalidGrantError  # RFC 6749 §5.2; oauthlib would say invalid_request.
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        return request.grant.code_challenge or None

    def get_code_challenge_method(self, code: str, request: Request) -> str | None:
        return request.grant.code_challenge_method or None

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Keep the code, marked as used, so that a second use is recognized."""
        Grant.objects.filter(pk=request.grant.pk).update(
            used_at=timezone.now(), token_family=request.token_family
        )

    # --- Refresh tokens.

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        token_checksum = checksum(refresh_token)
        mine = {"token_checksum": token_checksum, "role": request.client_role}
        authorization = authorizations.hold(refreshtoken_rows__token_checksum=token_checksum)
        if authorization is None:
            authorization = _adopted(**mine)
        tokens = RefreshToken.objects.select_related("user", "merchant")
        presented = tokens.filter(application=client, **mine).first()
        now = timezone.now()
        if presented is None or authorization is None or presented.expires <= now:
            return False
        if presented.epoch != authorization.epoch:
            return False
        if presented.revoked is not None and not self._is_retry(presented, now):
            authorizations.revoke_family(presented.token_family)
            return False
        request.user = presented.user
        request.refresh_token = refresh_token
        request.presented = presented
        request.authorization = authorization
        return True

    @staticmethod
    def _is_retry(presented: RefreshToken, now: datetime) -> bool:
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
        existing = token_store.issued_before(token, request)
        access, refresh = existing or token_store.store(token, request)
        if presented is None:
            authorizations.note_consent(request.authorization, request.user)
            role.authorized(access.merchant)
        elif presented.superseded_at is None:
            self._supersede(presented)
            authorizations.note_use(request.authorization, every=timedelta())
        token.update(
            scope=access.scope,
            # Computed from what is stored, so that a repeated answer says when the token ends.
            expires_in=_seconds_until(access.expires),
            **role.token_fields(access, refresh),
        )

    @staticmethod
    def _supersede(presented: RefreshToken) -> None:
        """Let the old access token live on for the grace, for requests under way."""
        now = timezone.now()
        RefreshToken.objects.filter(pk=presented.pk).update(revoked=now, superseded_at=now)
        of_old = AccessToken.objects.filter(refresh_token=presented, expires__gt=now + GRACE)
        of_old.update(expires=now + GRACE)


def _may_give(grant: Grant, authorization: Authorization) -> bool:
    """Return True if the code was not ended, and its person may still give what it is for."""
    user = grant.user
    return (
        grant.epoch == authorization.epoch
        and user is not None
        and user.is_active
        and user.is_owner
        and user.merchant_id == authorization.merchant_id
    )


def _adopted(**mine: Any) -> Authorization | None:
    """Lock the authorization of a token that a process of before the upgrade issued."""
    stray = RefreshToken.objects.filter(authorization=None, revoked=None, **mine).first()
    if stray is None:
        return None
    authorizations.adopt(stray.merchant_id, stray.role)
    return authorizations.hold(refreshtoken_rows__pk=stray.pk)


def _seconds_until(instant: datetime) -> int:
    return max(0, int((instant - timezone.now()).total_seconds() + 0.5))
