"""The outbox: events owed to Stream, and the attempts to deliver them."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutboundEvent(models.Model):
    """An outbox row, written in the transaction of the change that it reports (contract WH)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Ending(models.TextChoices):
        """The reason why there are no more attempts."""

        ARRIVED = "arrived", "Delivered"
        REFUSED = "refused", "The receiver refused it"
        TRIED_OUT = "tried_out", "All attempts failed"
        EXPIRED = "expired", "It could not be sent in time"
        STOPPED = "stopped", "Staff stopped it"
        SUPERSEDED = "superseded", "A newer event replaces it"
        UNDONE = "undone", "Its change was undone before it was sent"
        DISCONNECTED = "disconnected", "The location is no longer connected"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    endpoint = models.CharField(max_length=32, default="stream", help_text="The receiver.")
    location_id = models.CharField(max_length=64, help_text="The location's provider_id.")
    event_type = models.CharField(max_length=64)
    ordering_key = models.CharField(
        max_length=200, help_text="Events with the same key arrive in the order they were made."
    )
    body = models.TextField(help_text="Exactly the text we sign and send.")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    ending = models.CharField(max_length=12, choices=Ending, blank=True, db_default="")
    attempt_count = models.PositiveSmallIntegerField(
        default=0, help_text="Its place in the retry schedule: failed attempts that count."
    )
    claim_count = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Leases taken by workers so far; the number of the latest attempt.",
    )
    due_at = models.DateTimeField(default=timezone.now)
    asked_until = models.DateTimeField(
        null=True, help_text="The receiver asked for no retry before then."
    )
    expires_at = models.DateTimeField(
        null=True, help_text="Not sent after this instant. Empty: never expires."
    )
    is_urgent = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Stream waits for it: no circuit breaker holds it back, and it always expires.",
    )
    claim = models.UUIDField(null=True, help_text="The worker's batch that holds the lease.")
    leased_until = models.DateTimeField(null=True)
    last_claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(
        null=True, help_text="When the personal data in its body was erased."
    )

    class Meta:
        indexes = [
            # For integration/delivery/leases.py:claim: an endpoint's few due rows, every second.
            models.Index(
                fields=["endpoint", "due_at"], condition=Q(state="waiting"), name="outbound_due"
            ),
            # For integration/delivery/leases.py:_heads: no earlier waiting event of the same key.
            models.Index(
                fields=["ordering_key", "id"], condition=Q(state="waiting"), name="outbound_order"
            ),
            # For orders/admin/orders/timeline.py:_sent: all events about one order.
            models.Index(
                fields=["ordering_key"],
                condition=Q(event_type__startswith="order."),
                name="outbound_of_order",
            ),
            # For integration/delivery/leases.py:_hold: the rows of the lease just taken.
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="outbound_claim"),
            # For integration/webhooks/expiry.py:expire_due: the few expired rows.
            models.Index(
                fields=["expires_at"], condition=Q(state="waiting"), name="outbound_expiry"
            ),
            # For integration/delivery/runner.py:delete_finished: old events, to be deleted.
            models.Index(fields=["finished_at"], name="outbound_finished"),
            # For integration/webhooks/redaction.py:erase: an order's events in any state.
            models.Index(fields=["ordering_key"], name="outbound_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} for {self.subject} ({self.get_state_display()})"

    @property
    def subject(self) -> str:
        """The location; of an event that names none of ours, the ordering key."""
        return self.location_id or self.ordering_key


class DeliveryAttempt(models.Model):
    """An attempt to deliver an event; rows are only added.

    A missing number is an attempt whose worker died before it recorded the result.
    """

    event = models.ForeignKey(OutboundEvent, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Empty: no response came.")
    error = models.CharField(max_length=200, blank=True)
    excerpt = models.TextField(blank=True, help_text="The beginning of the response.")
    headers = models.TextField(
        blank=True, default="", db_default="", help_text="As sent, signatures masked."
    )
    is_probe = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Tested whether a failing receiver has recovered.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="attempt_once"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.status_code or self.error}"
