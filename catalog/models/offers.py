"""Overrides by location and by channel (DSP), and images."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from .base import OrderedLink, amount_field
from .history import Recorded

# Orders name their channel in any case; prices are looked up in lowercase.
channel_validator = RegexValidator(
    r"^[a-z0-9_.-]+\Z", "Enter the channel in lowercase, without spaces: uber."
)


class AtLocation(Recorded):
    """An object's availability at one location; without a row the menu applies."""

    owner_field = "object"
    names_from = ("object", "location")

    location = models.ForeignKey("catalog.Location", on_delete=models.CASCADE)
    is_active = models.BooleanField("available", default=True)
    inactive_until = models.DateTimeField(
        "off until",
        null=True,
        blank=True,
        help_text="Then it comes back on; empty: stays off.",
    )

    class Meta:
        abstract = True
        verbose_name = "at a location"
        verbose_name_plural = "at locations"
        constraints = [
            models.UniqueConstraint(fields=["object", "location"], name="%(class)s_once")
        ]
        indexes = [
            # For catalog/menu/availability.py:switch_back_on: looks for due rows every second.
            models.Index(
                fields=["inactive_until"],
                condition=Q(inactive_until__isnull=False),
                name="%(class)s_back_on",
            )
        ]

    def __str__(self) -> str:
        return "On" if self.is_active else "Off"


class OfferAtLocation(AtLocation):
    """An object's availability, price and stock at one location."""

    price_amount = amount_field(
        verbose_name="price here", null=True, blank=True, help_text="Empty: the usual price."
    )
    stock_count = models.PositiveIntegerField(
        "left", null=True, blank=True, help_text="Empty: not counted."
    )

    class Meta(AtLocation.Meta):
        abstract = True


class FamilyAtLocation(OfferAtLocation):
    object = models.ForeignKey(
        "catalog.ItemFamily", on_delete=models.CASCADE, related_name="at_locations"
    )


class ItemAtLocation(OfferAtLocation):
    names_from = ("object__family", "location")
    object = models.ForeignKey(
        "catalog.Item", on_delete=models.CASCADE, related_name="at_locations"
    )


class ModifierAtLocation(OfferAtLocation):
    object = models.ForeignKey(
        "catalog.Modifier", on_delete=models.CASCADE, related_name="at_locations"
    )


class GroupAtLocation(AtLocation):
    object = models.ForeignKey(
        "catalog.ModifierGroup", on_delete=models.CASCADE, related_name="at_locations"
    )


class DspPrice(Recorded):
    """The price in one channel, which there replaces every other price."""

    owner_field = "object"
    names_from = ("object",)

    dsp = models.CharField(
        "channel",
        max_length=64,
        validators=[channel_validator],
        help_text="uber, doordash, grubhub …",
    )
    price_amount = amount_field(verbose_name="price")

    class Meta:
        abstract = True
        ordering = ["dsp"]
        verbose_name = "channel price"
        constraints = [models.UniqueConstraint(fields=["object", "dsp"], name="%(class)s_once")]

    def __str__(self) -> str:
        return self.dsp


class FamilyDspPrice(DspPrice):
    object = models.ForeignKey(
        "catalog.ItemFamily", on_delete=models.CASCADE, related_name="dsp_prices"
    )


class ItemDspPrice(DspPrice):
    names_from = ("object__family",)
    object = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="dsp_prices")


class ModifierDspPrice(DspPrice):
    object = models.ForeignKey(
        "catalog.Modifier", on_delete=models.CASCADE, related_name="dsp_prices"
    )


class Image(OrderedLink):
    """An image by URL. Stream fetches it again only when the URL changes."""

    owner_field = "object"

    url = models.URLField(
        "address", max_length=500, help_text="JPG, PNG or WEBP, under 25 MB, 320 to 6000 px."
    )
    # On delete, the database refuses: a picture in use must stay.
    picture = models.ForeignKey(
        "catalog.Picture",
        on_delete=models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="+",
        help_text="The uploaded picture at this address, if it is one of ours.",
    )

    class Meta(OrderedLink.Meta):
        abstract = True
        verbose_name = "picture"

    def __str__(self) -> str:
        return self.url


class FamilyImage(Image):
    object = models.ForeignKey(
        "catalog.ItemFamily", on_delete=models.CASCADE, related_name="images"
    )


class ModifierImage(Image):
    object = models.ForeignKey("catalog.Modifier", on_delete=models.CASCADE, related_name="images")
