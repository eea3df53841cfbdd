"""Our variants of django-oauth-toolkit's models, swapped in from the first migration.

None of them holds a readable secret: tokens and codes, which are long and random, are stored as
SHA-256. Secrets of clients are in the settings alone.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from .authorizations import Issued


class Application(AbstractApplication):
    """An OAuth client that the settings name, as the toolkit's tables refer to it.

    Its secrets and redirect URIs are in the settings alone (integration.oauth.client).
    """

    class Meta(AbstractApplication.Meta):
        verbose_name = "OAuth client"


class Grant(Issued, AbstractGrant):
    """An authorization code; `code` holds its SHA-256. Kept after use to detect reuse."""

    used_at = models.DateTimeField(null=True)
    token_family = models.UUIDField(null=True, help_text="The token family issued for the code.")


class AccessToken(Issued, AbstractAccessToken):
    """An access token for the data of `merchant`, whatever becomes of its user."""

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    token_family = models.UUIDField(db_index=True)


class RefreshToken(Issued, AbstractRefreshToken):
    """A refresh token in the family of one consent; each refresh supersedes the last."""

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    consented_at = models.DateTimeField(
        default=timezone.now, db_default=Now(), help_text="The start of its family's lifetime."
    )
    scope = models.TextField()
    expires = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta(AbstractRefreshToken.Meta):
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_once"),
        ]
        indexes = [
            # For integration/oauth/authorizations.py:revoke_family: one authorization.
            models.Index(fields=["token_family"], name="refresh_token_family"),
            # For integration/oauth/authorizations.py:is_live, called for each new event.
            models.Index(
                fields=["merchant", "expires"],
                condition=Q(revoked=None),
                name="refresh_token_live",
            ),
        ]


class IDToken(AbstractIDToken):
    """Unused, as OpenID Connect is off, but the toolkit requires all models to be swapped."""
