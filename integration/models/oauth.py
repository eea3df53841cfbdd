"""Our variants of django-oauth-toolkit's models, swapped in from the first migration.

None of them holds a readable secret: tokens and codes, which are long and random, are stored as
SHA-256, the client secret as a keyed hash.
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

POS = "pos"  # The role of integration.oauth.pos_role.


def _role() -> "models.CharField[str, str]":
    """Return the field for the name of the client role that a code or token is bound to."""
    return models.CharField(max_length=20, default=POS, db_default=POS)


class Application(AbstractApplication):
    """An OAuth client; Stream's is created from the settings (integration.oauth.client)."""

    class Meta(AbstractApplication.Meta):
        verbose_name = "OAuth client"

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Compare exactly, for loopback URIs too (RFC 9700 §4.1.1)."""
        return uri in self.redirect_uris.split()


class Grant(AbstractGrant):
    """An authorization code; `code` holds its SHA-256. Kept after use to detect reuse."""

    role = _role()
    used_at = models.DateTimeField(null=True)
    token_family = models.UUIDField(null=True, help_text="The token family issued for the code.")


class AccessToken(AbstractAccessToken):
    """An access token for the data of `merchant`, even if its user moves to another."""

    role = _role()
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    token_family = models.UUIDField(db_index=True)


class RefreshToken(AbstractRefreshToken):
    """A refresh token in the family of one authorization; each refresh supersedes the last."""

    role = _role()
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
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
