"""Events exactly as received, with what became of them."""

from django.db import models
from django.db.models import Q

# Of InboundEvent.Outcome: what was answered with reasons, which are counted.
REFUSALS = ["refused", "malformed", "key_reused"]


class InboundEvent(models.Model):
    """An authenticated event exactly as it was received, with what became of it."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Order accepted"
        DEFERRED = "deferred", "Order received, the decision follows"
        REPEATED = "repeated", "Known order, answered as the first time"
        REFUSED = "refused", "Order refused"
        KEY_REUSED = "key_reused", "Refused: known key, other content"
        APPLIED = "applied", "Order changed"
        NOTED = "noted", "Noted, nothing to change"
        UNKNOWN_ORDER = "unknown_order", "No such order"
        UNKNOWN_TYPE = "unknown_type", "Kept, type unknown"
        MALFORMED = "malformed", "Could not be read"

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    event_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    outcome = models.CharField(max_length=13, choices=Outcome)
    status_code = models.PositiveSmallIntegerField()
    answer = models.TextField(help_text="Exactly what was answered.")
    order = models.ForeignKey(
        "orders.Order", on_delete=models.SET_NULL, null=True, related_name="inbound_events"
    )
    # Of refusals only, for the numbers: they belong to no order that would know it.
    location_named = models.CharField(
        max_length=255,
        default="",
        db_default="",
        help_text="The location's ID, as the event names it.",
    )
    source = models.CharField("channel", max_length=100, default="", db_default="")
    reasons = models.CharField(
        max_length=200,
        default="",
        db_default="",
        help_text="Why it was refused (orders.reasons), by comma.",
    )
    erased_at = models.DateTimeField(
        null=True, help_text="Its body held personal data, which was erased then."
    )

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            # For counting.refusals.
            models.Index(
                fields=["merchant", "received_at"],
                condition=Q(outcome__in=REFUSALS),
                name="inbound_refused",
            ),
            # For erasing._erase_archive.
            models.Index(
                fields=["received_at"], condition=Q(erased_at=None), name="inbound_unerased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type or 'event'}: {self.get_outcome_display()}"

    @property
    def text(self) -> str:
        """The body for people to read."""
        return bytes(self.body).decode("utf-8", "replace")
