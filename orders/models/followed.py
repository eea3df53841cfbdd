"""Orders that Stream confirmed, in whichever POS, and their history (contract EV)."""

import uuid
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from .lines import OrderEvent


class FollowedOrder(models.Model):
    """An order that Stream confirmed; amounts are in smallest units, as sent.

    It is not ours to accept. One that is also an order of ours (`own_order`) is never shown as a
    second order. Without `location`, nobody knows yet whose it is, and only our own staff see it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stream_location_id = models.CharField("location's ID at Stream", max_length=255)
    stream_order_id = models.CharField("ID at Stream", max_length=255)
    reference_id = models.CharField(
        max_length=255, blank=True, help_text="Our location's ID, as Stream named it."
    )
    merchant = models.ForeignKey(
        "integration.Merchant", on_delete=models.CASCADE, null=True, blank=True
    )
    location = models.ForeignKey(
        "catalog.Location",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_orders",
    )
    own_order = models.ForeignKey(
        "orders.Order",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="followed",
        help_text="Our own order, if our POS took it.",
    )
    source = models.CharField("channel", max_length=1000, blank=True)
    dsp_order_id = models.CharField("channel's order id", max_length=255, blank=True)
    dsp_order_number = models.CharField("number", max_length=1000, blank=True)
    pos_order_id = models.CharField("POS's order id", max_length=255, blank=True)
    fulfillment_type = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=1000, blank=True, help_text="As sent; any text.")
    delivery_status = models.CharField(max_length=1000, blank=True)
    due_at = models.DateTimeField(
        "due", null=True, blank=True, help_text="The estimated fulfillment time."
    )
    customer_name = models.CharField("customer", max_length=1000, blank=True)
    customer_phone = models.CharField(max_length=1000, blank=True)
    customer_phone_code = models.CharField(max_length=1000, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    subtotal = models.BigIntegerField(null=True)
    tax = models.BigIntegerField(null=True)
    total = models.BigIntegerField(null=True)
    unpaid = models.BooleanField(default=False)
    details: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict,
        encoder=DjangoJSONEncoder,
        help_text="Items, address, instructions, tip and fees as sent.",
    )
    confirmed_at = models.DateTimeField(help_text="When we received its confirmation.")
    updated_at = models.DateTimeField(auto_now=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was completed, canceled or delivered."
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When the personal data of the customer was erased."
    )

    class Meta:
        ordering = ["-confirmed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["stream_location_id", "stream_order_id"], name="followed_once"
            ),
        ]
        indexes = [
            # For orders/dispatch/deliveries.py:load, and the board: open ones of some locations.
            models.Index(
                fields=["location", "due_at"],
                condition=Q(ended_at=None, own_order=None),
                name="followed_open",
            ),
            # For orders/reports/scope.py:Scope.followed, and the admin's list, newest first.
            models.Index(fields=["merchant", "-confirmed_at"], name="followed_of_merchant"),
            # For orders/admin/followed/list.py:FollowedOrderAdmin: our own staff's list of all.
            models.Index(fields=["-confirmed_at"], name="followed_newest"),
            # For orders/stream_events/mapping.py:_movable, and the page of unmapped locations.
            models.Index(
                fields=["stream_location_id", "-confirmed_at"],
                condition=Q(location=None),
                name="followed_unassigned",
            ),
            # For orders/privacy/followed.py:due: finished ones with personal data.
            models.Index(
                fields=["updated_at"],
                condition=Q(erased_at=None, ended_at__isnull=False),
                name="followed_unerased",
            ),
        ]

    def __str__(self) -> str:
        number = self.dsp_order_number or self.stream_order_id[:8]
        return f"{self.source or 'Order'} {number}"


class FollowedEvent(models.Model):
    """An entry of a followed order's history."""

    followed = models.ForeignKey(FollowedOrder, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=6, choices=OrderEvent.Actor)
    what = models.CharField(max_length=200)
    details: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} by {self.get_actor_display()}"
