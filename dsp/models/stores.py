"""The stores of a merchant's ordering channel."""

import secrets
from datetime import datetime
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value

from integration.db import database_time


class FulfillmentType(models.TextChoices):
    """The way in which the guest gets the order (contract DSP-WH-NEW)."""

    PICKUP = "pickup", "Pickup"
    CURBSIDE = "curbside", "Curbside"
    DRIVE_THRU = "drive_thru", "Drive-thru"
    DELIVERY = "delivery", "Delivery by the channel"
    MERCHANT_DELIVERY = "merchant_managed_delivery", "Delivery by the restaurant"
    DINE_IN = "dine_in", "Dine in"
    STREAM_DELIVERY = "stream_managed_delivery", "Delivery by Stream"
    KIOSK = "kiosk", "Kiosk"


def new_store_id() -> str:
    return f"str_{secrets.token_hex(8)}"


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"{value} is not a time zone like America/Chicago.")


class Store(models.Model):
    """One place that takes orders through our channel; its POS is usually not ours.

    `connected_at` is set from Stream's connect until a disconnect; whether it counts depends on
    the merchant's authorization too (dsp.stores.connection). Amounts are in the smallest unit of
    the menu's currency.
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
    phone = models.CharField(
        max_length=32,
        blank=True,
        db_default="",
        help_text="With +; sent for a guest who gives no number.",
    )
    fulfillment_types = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="What guests may choose, out of FulfillmentType.",
    )
    delivery_fee = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Of a delivery by the restaurant."
    )
    delivery_fee_tax_rate = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        default=0,
        db_default=0,
        help_text="In percent, on top of the fee.",
    )
    service_charge = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Added to each order."
    )
    withholds_tax = models.BooleanField(
        "we remit the tax",
        default=False,
        db_default=False,
        help_text="As a marketplace: the restaurant gets and reports none of it.",
    )
    guests_may_cancel_late = models.BooleanField(
        "guests may cancel until the order is ready",
        default=False,
        db_default=False,
        help_text="Otherwise only until Stream has it.",
    )
    is_on = models.BooleanField(
        "on the channel", default=True, help_text="Off: Stream is not offered this store."
    )
    connected_at = models.DateTimeField(null=True, editable=False)
    disconnected_at = models.DateTimeField(null=True, editable=False)
    paused_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when Stream pauses it."
    )
    paused_until = models.DateTimeField(null=True, editable=False)
    own_paused_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when our own side pauses it."
    )
    own_paused_until = models.DateTimeField(null=True, editable=False)
    turned_away_at = models.DateTimeField(
        null=True, editable=False, help_text="When its restaurant last did not accept an order."
    )
    turned_away_until = models.DateTimeField(
        null=True, editable=False, help_text="Closed until then. Empty: until Stream's next event."
    )
    suspect_since = models.DateTimeField(
        null=True, editable=False, help_text="Since when the POS refuses carts of this menu."
    )
    live_menu = models.ForeignKey(
        "dsp.ReceivedMenu", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    overlay_revision = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Raised by each change of availability.",
    )
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
