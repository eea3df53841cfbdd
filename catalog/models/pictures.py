"""Uploaded pictures, which we serve to Stream ourselves."""

import re

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

_ADDRESS = re.compile(r"/pictures/([0-9a-f]{64})\.(jpg|png|webp)\Z")


class Picture(models.Model):
    """One picture as it is served. It never changes: another one has another address.

    In the database, so that every web process has it and a backup holds it; kept as long as a
    row of a family or modifier links to it (catalog.images.storage).
    """

    class Kind(models.TextChoices):
        """The end of its address."""

        JPEG = "jpg"
        PNG = "png"
        WEBP = "webp"

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 over whose it is and the bytes."
    )
    kind = models.CharField(max_length=4, choices=Kind)
    width = models.PositiveIntegerField(help_text="In pixels.")
    height = models.PositiveIntegerField(help_text="In pixels.")
    content = models.BinaryField()
    thumbnail = models.BinaryField(help_text="A small WEBP of it, for our own pages.")
    used_at = models.DateTimeField(
        db_default=Now(), help_text="When it was last seen in use, to the day."
    )

    class Meta:
        # For storing.forget_unused, which looks for what nobody uses.
        indexes = [models.Index(fields=["used_at"], name="picture_used_at")]

    def __str__(self) -> str:
        return f"{self.digest}.{self.kind}"


def address(digest: str, kind: str) -> str:
    """Where Stream fetches it."""
    return settings.PUBLIC_URL + reverse("picture", args=[digest, kind])


def digest_in(url: str) -> str | None:
    """The digest in an address that is, or looks like, one of ours."""
    found = _ADDRESS.search(url)
    return found[1] if found else None


def is_ours(url: str) -> bool:
    """Whether it leads to this system, where nothing but pictures is a picture."""
    return url.startswith(f"{settings.PUBLIC_URL}/")


def small_path(url: str) -> str | None:
    """Where our own pages find the thumbnail of what has this address."""
    found = _ADDRESS.search(url)
    return reverse("small-picture", args=found.groups()) if found else None
