"""Events owed to Stream, and the tries to deliver them. The row is the promise."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutboundEvent(models.Model):
    """One event, written in the transaction of the change that it reports (contract WH)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        WITHDRAWN = "withdrawn", "Taken back"

    class Ending(models.TextChoices):
        """Why it will not be tried again."""

        ARRIVED = "arrived", "It arrived"
        REFUSED = "refused", "The receiver refused it"
        TRIED_OUT = "tried_out", "Every try failed"
        EXPIRED = "expired", "It could not be sent in time"
        STOPPED = "stopped", "Staff stopped it"
        SUPERSEDED = "superseded", "A newer event says what is true now"
        UNDONE = "undone", "Its change was undone before it left"
        DISCONNECTED = "disconnected", "The location is no longer connected"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    endpoint = models.CharField(max_length=32, default="stream", help_text="Who receives it.")
    location_id = models.CharField(max_length=64, help_text="The location's provider_id.")
    event_type = models.CharField(max_length=64)
    ordering_key = models.CharField(
        max_length=200, help_text="Events with the same key arrive in the order they were made."
    )
    body = models.TextField(help_text="Exactly the text we sign and send.")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    ending = models.CharField(max_length=12, choices=Ending, blank=True, db_default="")
    attempt_count = models.PositiveSmallIntegerField(
        default=0, help_text="Its place in the retry schedule: tries that failed and count."
    )
    claim_count = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="How often a worker took it; the number of its newest attempt.",
    )
    due_at = models.DateTimeField(default=timezone.now)
    asked_until = models.DateTimeField(
        null=True, help_text="The receiver asked not to be tried again before then."
    )
    expires_at = models.DateTimeField(
        null=True, help_text="Never sent after this instant. Empty: always worth sending."
    )
    is_urgent = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Stream waits for it: no breaker holds it up, and it expires in any case.",
    )
    claim = models.UUIDField(null=True, help_text="The worker's batch that holds it.")
    leased_until = models.DateTimeField(null=True)
    last_claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(
        null=True, help_text="Its body held personal data, which was erased then."
    )

    class Meta:
        indexes = [
            # For claims.claim, which looks for an endpoint's few due rows every second.
            models.Index(
                fields=["endpoint", "due_at"], condition=Q(state="waiting"), name="outbound_due"
            ),
            # For "no earlier waiting event with the same key".
            models.Index(
                fields=["ordering_key", "id"], condition=Q(state="waiting"), name="outbound_order"
            ),
            # For everything that was ever sent about one order.
            models.Index(
                fields=["ordering_key"],
                condition=Q(event_type__startswith="order."),
                name="outbound_of_order",
            ),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="outbound_claim"),
            # For expiry.expire_due.
            models.Index(
                fields=["expires_at"], condition=Q(state="waiting"), name="outbound_expiry"
            ),
            # For forgetting finished events, and for the newest of a key.
            models.Index(fields=["finished_at"], name="outbound_finished"),
            # For erasure.erase: everything about one order, whatever became of it.
            models.Index(fields=["ordering_key"], name="outbound_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} for {self.location_id} ({self.get_state_display()})"


class DeliveryAttempt(models.Model):
    """One try to deliver one event; only ever added.

    A number that is missing is a try whose worker died before it could write what came of it.
    """

    event = models.ForeignKey(OutboundEvent, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Empty: no answer came.")
    error = models.CharField(max_length=200, blank=True)
    excerpt = models.TextField(blank=True, help_text="The beginning of what came back.")
    headers = models.TextField(
        blank=True, default="", db_default="", help_text="As they were sent, signatures masked."
    )
    is_probe = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Asked whether a failing receiver works again.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="attempt_once"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.status_code or self.error}"
