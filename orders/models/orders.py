"""The order model."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from integration.db import database_time
from orders.states import DECIDED, ENDS, READY, SentToStream, State, StreamKnows, staff_moves


class Order(models.Model):
    """An accepted order. Its primary key is its ID at Stream; amounts are in smallest units."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    location = models.ForeignKey(
        "catalog.Location", on_delete=models.PROTECT, related_name="orders"
    )
    identity = models.CharField(
        max_length=64, help_text="SHA-256 of the values that identify it within the location."
    )
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of the content that a repeat must match."
    )
    answer = models.TextField(help_text="The exact response, also sent to every repeat.")
    state = models.CharField(max_length=17, choices=State)

    stream_knows = models.CharField(
        "known at Stream",
        max_length=7,
        choices=StreamKnows,
        blank=True,
        default=StreamKnows.NOT_ASKED,
        db_default=StreamKnows.NOT_ASKED,
        help_text="The state of telling Stream our decision.",
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
    total = models.BigIntegerField(help_text="Computed, as Stream sends none.")
    delivery_status = models.CharField(max_length=1000, blank=True)
    driver = models.JSONField(default=dict)
    stock_taken = models.JSONField(
        default=dict, help_text="Returned to stock when the order is canceled."
    )
    is_in_store = models.BooleanField(
        "entered here",
        default=False,
        db_default=False,
        help_text="Staff entered it; Stream knows it only if it was sent there.",
    )
    # No index: no query filters by it, and users are deactivated rather than deleted.
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
        help_text="Only of orders entered here.",
    )
    wait_seconds = models.PositiveIntegerField(
        null=True, help_text="From receipt to decision; empty: no decision was needed."
    )
    kitchen_seconds = models.PositiveIntegerField(
        null=True, help_text="From acceptance to ready; empty: not ready yet."
    )
    erased_at = models.DateTimeField(
        null=True, help_text="When the personal data of customer and driver were erased."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    seen_at = models.DateTimeField(
        null=True, editable=False, help_text="When staff acknowledged its cancelation."
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["location", "identity"], name="order_once"),
        ]
        indexes = [
            # For orders/reports/scope.py:Scope.orders: reports read these columns from the index
            # alone. It also sorts the admin's list, newest first.
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
            # For orders/board/queries.py:visible_orders: the open orders of the board's locations.
            models.Index(fields=["location", "state", "-created_at"], name="order_at_location"),
            # For orders/lifecycle/auto_decision.py:undecided: the few pending orders, every second.
            models.Index(
                fields=["created_at"], condition=Q(state=State.PENDING), name="order_undecided"
            ),
            # For orders/privacy/erasure.py:due_orders: finished orders with personal data.
            models.Index(
                fields=["updated_at"],
                condition=Q(erased_at=None, state__in=sorted(ENDS)),
                name="order_unerased",
            ),
            # For orders/board/queries.py:visible_orders: recently finished among all finished.
            # An order enters the index when it ends, so accepting one costs nothing.
            models.Index(
                fields=["location", "updated_at"],
                condition=Q(state__in=sorted(ENDS)),
                name="order_ended_at_location",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel or 'Order'} {self.dsp_order_number or str(self.pk)[:8]}"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Record the durations of decision and preparation (for the reports) with the state.

        Done here because every state change ends in a save.
        """
        changed = self._set_durations(database_time.now()) if not self._state.adding else []
        if update_fields is not None:
            update_fields = [*update_fields, *changed]
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def channel(self) -> str:
        """The channel's display name; empty when the order names none."""
        return "In store" if self.is_in_store else self.source

    def _set_durations(self, now: datetime) -> list[str]:
        """Set each duration once; return the names of the fields set now."""
        changed = []
        since = max(0, int((now - self.created_at).total_seconds()))
        if self.wait_seconds is None and self.state in DECIDED and self.stream_knows:
            self.wait_seconds = since
            changed.append("wait_seconds")
        if self.kitchen_seconds is None and self.state in READY:
            self.kitchen_seconds = max(0, since - (self.wait_seconds or 0))
            changed.append("kitchen_seconds")
        return changed

    @property
    def provider_id(self) -> str:
        return str(self.pk)

    @property
    def wanted_at(self) -> datetime | None:
        """The requested time of a future order; None: as soon as possible."""
        return self.requested_for if self.is_future_order else None

    @property
    def due_at(self) -> datetime:
        """The time it should be ready: the requested one, or after the prep time."""
        return self.wanted_at or self.created_at + timedelta(minutes=self.prep_time_minutes)

    @property
    def stream_may_know_it(self) -> bool:
        """True if Stream expects updates about the order."""
        asked = (SentToStream.WAITING, SentToStream.HAS_IT)
        return not self.is_in_store or self.sent_to_stream in asked

    @property
    def staff_moves(self) -> tuple[State, ...]:
        """The states staff may move it to, next step first (see lifecycle.transitions)."""
        return staff_moves(self.state, self.fulfillment_type)
