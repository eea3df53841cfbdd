"""Quotes: carts priced by a store's menu (contract DSP-API)."""

import secrets

from django.db import models


def new_quote_id() -> str:
    return f"quo_{secrets.token_hex(12)}"


class Quote(models.Model):
    """A priced cart; it reserves nothing and holds until `valid_until`.

    `cart` is what was asked for and is priced anew when the order is placed; `lines` is the same as
    `items` of the order that Stream would get. Amounts are in the currency's smallest unit.
    """

    provider_id = models.CharField(max_length=32, unique=True, default=new_quote_id)
    store = models.ForeignKey("dsp.Store", on_delete=models.CASCADE)
    menu_number = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    valid_until = models.DateTimeField()
    fulfillment_type = models.CharField(max_length=32)
    requested_for = models.DateTimeField(null=True)
    ready_at = models.DateTimeField()
    cart = models.JSONField()
    lines = models.JSONField()
    currency = models.CharField(max_length=3)
    amounts = models.JSONField(help_text="As columns of ChannelOrder, taxes and discounts too.")
    total = models.BigIntegerField()

    def __str__(self) -> str:
        return self.provider_id
