"""Our own forms of django-oauth-toolkit's models, swapped in from the first migration.

None of them holds a secret that can be read: tokens and codes are kept as SHA-256 (they are
random and long), the client secret as a keyed hash.
"""

from django.db import models
from django.db.models import Q
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)


class Application(AbstractApplication):
    """An OAuth client; Stream's own is made from the settings (integration.oauth.client)."""

    class Meta(AbstractApplication.Meta):
        verbose_name = "OAuth client"

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Only the exact text counts, on loopback too (RFC 9700 §4.1.1)."""
        return uri in self.redirect_uris.split()


class Grant(AbstractGrant):
    """An authorization code; `code` holds its SHA-256. Kept after use to notice a second use."""

    used_at = models.DateTimeField(null=True)
    token_family = models.UUIDField(null=True, help_text="What the code was exchanged for.")


class AccessToken(AbstractAccessToken):
    """`merchant` is whose data the token opens, whatever becomes of the user afterwards."""

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    token_family = models.UUIDField(db_index=True)


class RefreshToken(AbstractRefreshToken):
    """One of a family that began with one authorization; each refresh supersedes it by a next."""

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    scope = models.TextField()
    expires = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta(AbstractRefreshToken.Meta):
        constraints = [
            models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_once"),
        ]
        indexes = [
            models.Index(fields=["token_family"], name="refresh_token_family"),
            # For authorizations.is_live, asked whenever an event is made.
            models.Index(
                fields=["merchant", "expires"],
                condition=Q(revoked=None),
                name="refresh_token_live",
            ),
        ]


class IDToken(AbstractIDToken):
    """Unused: OpenID Connect is off. Swapped with the others because the toolkit wants all."""
