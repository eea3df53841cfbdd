"""Authorizations: what merchants allow the clients."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .accounts import Merchant

POS = "pos"  # The role of integration.oauth.pos_role.


def _role() -> "models.CharField[str, str]":
    """Return the field for the name of the client role that a code or token is bound to."""
    return models.CharField(max_length=20, default=POS, db_default=POS)


class Authorization(models.Model):
    """A merchant's consent to one client in one role: all its codes and tokens depend on this row.

    They are good in the present `epoch` alone, so that raising it ends them all at once. Whoever
    issues, renews or revokes any of them locks the row first (integration.oauth.authorizations).
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE)
    role = _role()
    client_id = models.CharField(max_length=255)
    epoch = models.PositiveIntegerField(default=1)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        help_text="Who consented last.",
    )
    authorized_by = models.EmailField(
        max_length=254, blank=True, help_text="The e-mail of that person, kept without the account."
    )
    authorized_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now, help_text="To the hour.")
    owners_told_at = models.DateTimeField(
        null=True, help_text="When they heard that this person is none of them any more."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "role", "client_id"], name="authorization_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} ({self.role}) for {self.merchant}"


class Issued(models.Model):
    """A code or token: what it is for, and the epoch of the authorization that it depends on.

    `authorization` is null in rows of processes from before it existed: authorizations.adopt
    attaches them. The row outlives its person's account.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="%(app_label)s_%(class)s",
    )
    role = _role()
    authorization = models.ForeignKey(
        Authorization, on_delete=models.CASCADE, null=True, related_name="%(class)s_rows"
    )
    epoch = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        abstract = True
