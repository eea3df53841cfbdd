"""Base classes of menu objects and of the ordered links between them."""

import secrets
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models

from .history import Recorded

# Opaque to Stream; limited to what can be typed, read out, and put into a header or URL.
provider_id_validator = RegexValidator(
    r"^[\x21-\x7e]{1,128}\Z", "Use 1 to 128 letters, digits or symbols, without spaces."
)


class MenuObject(Recorded):
    """An object of one merchant's menu.

    Its `provider_id` never changes and is never reused for another kind, even after the object is
    deleted; the database enforces both (catalog.revisions.triggers). Objects are archived, not
    deleted.
    """

    kind: ClassVar[str]  # Stream's name for it: the key of its array.

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    provider_id = models.CharField(
        "ID", max_length=128, validators=[provider_id_validator], blank=True
    )
    name = models.CharField(max_length=200)
    is_active = models.BooleanField("on the menu", default=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "provider_id"],
                name="%(class)s_id_once",
                violation_error_message="Another object has this ID.",
            ),
            models.CheckConstraint(
                condition=~models.Q(provider_id=""), name="%(class)s_id_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.provider_id:
            self.provider_id = new_provider_id(self.kind)
        super().save(*args, **kwargs)


def new_provider_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(8)}"


class OrderedLink(Recorded):
    """An object's position in another's list."""

    position = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"Position {self.position}"


def amount_field(**options: Any) -> "models.BigIntegerField[Any, Any]":
    """Return a field for money in the smallest unit of the merchant's currency, not negative."""
    from django.core.validators import MaxValueValidator, MinValueValidator

    limits = [MinValueValidator(0), MaxValueValidator(2**53)]
    return models.BigIntegerField(validators=limits, **options)
