"""Order lines and order history."""

import uuid
from typing import Any

from django.db import models

from orders.states import State

from .orders import Order


class OrderLine(models.Model):
    """A line of an order, or a modifier below one (`parent`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    # Written with the order, in the same statement. Neither checked nor looked up by the database:
    # an order of forty lines would pay for that forty times.
    parent = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    position = models.PositiveIntegerField(help_text="Position in the order as sent, depth first.")
    depth = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=11, help_text="item, item_family, modifier, or open.")
    provider_id = models.CharField(max_length=255, blank=True)
    group_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=1000, blank=True)
    quantity = models.PositiveIntegerField()
    price_amount = models.BigIntegerField()
    special_instructions = models.TextField(blank=True)
    customer_id = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"


class OrderEvent(models.Model):
    """An entry of an order's history."""

    class Actor(models.TextChoices):
        STREAM = "stream", "Stream"
        STAFF = "staff", "Staff"
        CLOCK = "clock", "The clock"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=6, choices=Actor)
    what = models.CharField(max_length=200)
    state = models.CharField(max_length=17, choices=State, help_text="The state after it.")
    details: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.what} by {self.get_actor_display()}"
