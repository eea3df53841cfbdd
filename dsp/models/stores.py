"""The stores of a merchant's ordering channel."""

import secrets
from datetime import datetime
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models

from integration.db import database_time


def new_store_id() -> str:
    return f"str_{secrets.token_hex(8)}"


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"{value} is not a time zone like America/Chicago.")


class Store(models.Model):
    """One place that takes orders through our channel; its POS is usually not ours.

    `connected_at` is set from Stream's connect until a disconnect; whether it counts depends on
    the merchant's authorization too (dsp.stores.connection).
    """

    provider_id = models.CharField(
        "ID", max_length=64, unique=True, default=new_store_id, editable=False
    )
    merchant = models.ForeignKey(
        "integration.Merchant", on_delete=models.CASCADE, related_name="stores"
    )
    name = models.CharField(max_length=200)
    address_line_1 = models.CharField(max_length=200)
    address_line_2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=100)
    postal_code = models.CharField(max_length=20)
    country = models.CharField(max_length=60, default="USA")
    timezone = models.CharField("time zone", max_length=64, validators=[validate_timezone])
    is_on = models.BooleanField(
        "on the channel", default=True, help_text="Off: Stream is not offered this store."
    )
    connected_at = models.DateTimeField(null=True, editable=False)
    disconnected_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when Stream pauses it."
    )
    paused_until = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def is_paused(self, now: datetime | None = None) -> bool:
        """Return True while a pause of Stream's holds; one that has ended no longer counts."""
        if self.paused_at is None:
            return False
        return self.paused_until is None or self.paused_until > (now or database_time.now())
