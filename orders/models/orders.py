"""An order that we accepted."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.states import DECIDED, ENDS, READY, SentToStream, State, StreamKnows, staff_moves


class Order(models.Model):
    """An order that we accepted. Stream knows it by its key; amounts are in smallest units."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    location = models.ForeignKey(
        "catalog.Location", on_delete=models.PROTECT, related_name="orders"
    )
    identity = models.CharField(
        max_length=64, help_text="SHA-256 of what identifies it within the location."
    )
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what a repeat must equal.")
    answer = models.TextField(help_text="Exactly what was answered, for every repeat.")
    state = models.CharField(max_length=17, choices=State)

    stream_knows = models.CharField(
        "known at Stream",
        max_length=7,
        choices=StreamKnows,
        blank=True,
        default=StreamKnows.NOT_ASKED,
        db_default=StreamKnows.NOT_ASKED,
        help_text="Whether Stream heard our decision.",
    )

    source = models.CharField("channel", max_length=1000, blank=True)
    brand = models.CharField(max_length=1000, blank=True)
    dsp_order_id = models.CharField("channel's order id", max_length=255, blank=True)
    dsp_order_number = models.CharField("number", max_length=1000, blank=True)
    fulfillment_type = models.CharField(max_length=1000, blank=True)
    customer_name = models.CharField("customer", max_length=1000, blank=True)
    customer_phone = models.CharField(max_length=1000, blank=True)
    details = models.JSONField(
        default=dict,
        encoder=DjangoJSONEncoder,
        help_text="Customers, address, discounts, tips, fees and instructions as received.",
    )
    is_future_order = models.BooleanField(default=False)
    requested_for = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    prep_time_minutes = models.PositiveSmallIntegerField()
    unpaid = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)
    total = models.BigIntegerField(help_text="Computed; Stream sends none.")
    delivery_status = models.CharField(max_length=1000, blank=True)
    driver = models.JSONField(default=dict)
    stock_taken = models.JSONField(default=dict, help_text="What goes back when it is canceled.")
    is_in_store = models.BooleanField(
        "entered here",
        default=False,
        db_default=False,
        help_text="Staff entered it; Stream knows of it only if it was sent there.",
    )
    # Without an index: nobody asks by it, and people are switched off rather than deleted.
    entered_by = models.ForeignKey(
        "integration.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    sent_to_stream = models.CharField(
        max_length=7,
        choices=SentToStream,
        blank=True,
        default=SentToStream.NO,
        db_default=SentToStream.NO,
        help_text="Of an order that was entered here.",
    )
    wait_seconds = models.PositiveIntegerField(
        null=True, help_text="From the receipt to the decision; empty: it did not wait for one."
    )
    kitchen_seconds = models.PositiveIntegerField(
        null=True, help_text="From the acceptance until it was ready; empty: it was not yet."
    )
    erased_at = models.DateTimeField(
        null=True, help_text="When the customer's and the driver's data were erased."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    seen_at = models.DateTimeField(
        null=True, editable=False, help_text="When staff said that they saw its cancelation."
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["location", "identity"], name="order_once"),
        ]
        indexes = [
            # For the lists of the admin and the board, newest first, and for orders.reports, which
            # reads nothing else of an order than what stands here.
            models.Index(
                fields=["merchant", "-created_at"],
                include=[
                    "location",
                    "source",
                    "state",
                    "currency",
                    "subtotal",
                    "total",
                    "prep_time_minutes",
                    "is_future_order",
                    "wait_seconds",
                    "kitchen_seconds",
                ],
                name="order_figures",
            ),
            models.Index(fields=["location", "state", "-created_at"], name="order_at_location"),
            # For clock.decide_overdue, which looks for the few that wait every second.
            models.Index(
                fields=["created_at"], condition=Q(state=State.PENDING), name="order_undecided"
            ),
            # For erasing.due.
            models.Index(
                fields=["updated_at"],
                condition=Q(erased_at=None, state__in=sorted(ENDS)),
                name="order_unerased",
            ),
            # For the board, which shows what ended lately, among all that ever ended. An order
            # enters it when it ends: taking one in costs nothing more.
            models.Index(
                fields=["location", "updated_at"],
                condition=Q(state__in=sorted(ENDS)),
                name="order_ended_at_location",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel or 'Order'} {self.dsp_order_number or str(self.pk)[:8]}"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Notes with the state how long the decision and the kitchen took (for the numbers).

        Here, because whoever moves an order saves it: nobody can forget it.
        """
        noted = self._note_times(timezone.now()) if not self._state.adding else []
        if update_fields is not None:
            update_fields = [*update_fields, *noted]
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def channel(self) -> str:
        """As people call it; empty when the order names none."""
        return "In store" if self.is_in_store else self.source

    def _note_times(self, now: datetime) -> list[str]:
        """The names of the fields that it set; each is set once."""
        noted = []
        since = max(0, int((now - self.created_at).total_seconds()))
        if self.wait_seconds is None and self.state in DECIDED and self.stream_knows:
            self.wait_seconds = since
            noted.append("wait_seconds")
        if self.kitchen_seconds is None and self.state in READY:
            self.kitchen_seconds = max(0, since - (self.wait_seconds or 0))
            noted.append("kitchen_seconds")
        return noted

    @property
    def provider_id(self) -> str:
        return str(self.pk)

    @property
    def wanted_at(self) -> datetime | None:
        """When an order for later is wanted; None: as soon as possible."""
        return self.requested_for if self.is_future_order else None

    @property
    def due_at(self) -> datetime:
        """When it is to be ready: when it is wanted, or after its preparation."""
        return self.wanted_at or self.created_at + timedelta(minutes=self.prep_time_minutes)

    @property
    def stream_may_know_it(self) -> bool:
        """Whether Stream wants to hear what becomes of it."""
        asked = (SentToStream.WAITING, SentToStream.HAS_IT)
        return not self.is_in_store or self.sent_to_stream in asked

    @property
    def staff_moves(self) -> tuple[State, ...]:
        """Where staff may move it now, the next step first (staff_moves.move does it)."""
        return staff_moves(self.state, self.fulfillment_type)
