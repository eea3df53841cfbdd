"""Keys of the channel's front ends (contract DSP-API)."""

from django.db import models


class ChannelKey(models.Model):
    """A key of one front end: kept as a checksum, for its merchant's stores or some of them."""

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    name = models.CharField(max_length=100, help_text="The front end that uses it.")
    checksum = models.CharField(max_length=64, unique=True, editable=False)
    beginning = models.CharField(max_length=12, editable=False, help_text="To tell keys apart.")
    stores = models.ManyToManyField(
        "dsp.Store", blank=True, help_text="None: all stores of the merchant, also later ones."
    )
    is_limited = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="For its stores only, even when none of them is left.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = "channel key"

    def __str__(self) -> str:
        return f"{self.name} ({self.beginning}…)"
