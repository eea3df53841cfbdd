"""Events owed to Stream. The row is the promise, Celery only the courier."""

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
    attempt_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claim = models.UUIDField(null=True, help_text="The worker's batch that holds it.")
    leased_until = models.DateTimeField(null=True)
    last_claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # For dispatch.claim_due, which looks for the few due rows every second.
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="outbound_due"),
            # For "no earlier waiting event with the same key".
            models.Index(
                fields=["ordering_key", "id"], condition=Q(state="waiting"), name="outbound_order"
            ),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="outbound_claim"),
            # For forgetting finished events, and for the newest of a key.
            models.Index(fields=["finished_at"], name="outbound_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} for {self.location_id} ({self.get_state_display()})"


class DeliveryAttempt(models.Model):
    """One try to deliver one event; only ever added."""

    event = models.ForeignKey(OutboundEvent, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Empty: no answer came.")
    error = models.CharField(max_length=200, blank=True)
    excerpt = models.TextField(blank=True, help_text="The beginning of what came back.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="attempt_once"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.status_code or self.error}"
