"""Uploaded pictures, which we serve to Stream."""

import re

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

_ADDRESS = re.compile(r"/pictures/([0-9a-f]{64})\.(jpg|png|webp)\Z")


class Picture(models.Model):
    """One picture as it is served. It never changes: another picture has another URL.

    It is stored in the database, so that every web process and every backup has it, and kept
    while a family or modifier links to it (catalog.images.storage).
    """

    class Kind(models.TextChoices):
        """The extension of its URL."""

        JPEG = "jpg"
        PNG = "png"
        WEBP = "webp"

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the merchant's ID and the bytes."
    )
    kind = models.CharField(max_length=4, choices=Kind)
    width = models.PositiveIntegerField(help_text="In pixels.")
    height = models.PositiveIntegerField(help_text="In pixels.")
    content = models.BinaryField()
    thumbnail = models.BinaryField(help_text="A small WEBP for our own pages.")
    used_at = models.DateTimeField(
        db_default=Now(), help_text="When it was last in use, to the day."
    )

    class Meta:
        indexes = [
            # For catalog/images/storage.py:delete_unused: looks for unused pictures every hour.
            models.Index(fields=["used_at"], name="picture_used_at")
        ]

    def __str__(self) -> str:
        return f"{self.digest}.{self.kind}"


def address(digest: str, kind: str) -> str:
    """Return the URL from which Stream fetches the picture."""
    return settings.PUBLIC_URL + reverse("picture", args=[digest, kind])


def digest_in(url: str) -> str | None:
    """Return the digest in a URL that is, or looks like, one of ours."""
    match = _ADDRESS.search(url)
    return match[1] if match else None


def is_ours(url: str) -> bool:
    """Return whether the URL leads to this system, which serves no other pictures."""
    return url.startswith(f"{settings.PUBLIC_URL}/")


def thumbnail_path(url: str) -> str | None:
    """Return the path of the thumbnail for one of our pictures, for our own pages."""
    match = _ADDRESS.search(url)
    return reverse("small-picture", args=match.groups()) if match else None
