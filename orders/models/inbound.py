"""The log of received events."""

from django.db import models
from django.db.models import Q

# The values of InboundEvent.Outcome with refusal codes, which the reports count.
REFUSALS = ["refused", "malformed", "key_reused"]


class InboundEvent(models.Model):
    """An authenticated event exactly as received, with its outcome."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Order accepted"
        DEFERRED = "deferred", "Order received, decision pending"
        REPEATED = "repeated", "Repeated order, same response"
        REFUSED = "refused", "Order refused"
        KEY_REUSED = "key_reused", "Refused: key reused with different content"
        APPLIED = "applied", "Order changed"
        NOTED = "noted", "Noted, nothing to change"
        UNKNOWN_ORDER = "unknown_order", "No such order"
        UNKNOWN_TYPE = "unknown_type", "Logged, unknown type"
        MALFORMED = "malformed", "Could not be read"

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    event_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    outcome = models.CharField(max_length=13, choices=Outcome)
    status_code = models.PositiveSmallIntegerField()
    answer = models.TextField(help_text="The exact response.")
    order = models.ForeignKey(
        "orders.Order", on_delete=models.SET_NULL, null=True, related_name="inbound_events"
    )
    # Of refusals only, for the reports, as a refused event belongs to no order.
    location_named = models.CharField(
        max_length=255,
        default="",
        db_default="",
        help_text="The location ID in the event.",
    )
    source = models.CharField("channel", max_length=100, default="", db_default="")
    reasons = models.CharField(
        max_length=200,
        default="",
        db_default="",
        help_text="Refusal codes (orders.protocol.refusal_codes), comma-separated.",
    )
    erased_at = models.DateTimeField(
        null=True, help_text="When the personal data in its body was erased."
    )

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            # For orders/reports/scope.py:Scope.refusals: a merchant's refusals in a period.
            models.Index(
                fields=["merchant", "received_at"],
                condition=Q(outcome__in=REFUSALS),
                name="inbound_refused",
            ),
            # For orders/privacy/erasure.py:_erase_archive: old bodies that are still there.
            models.Index(
                fields=["received_at"], condition=Q(erased_at=None), name="inbound_unerased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type or 'event'}: {self.get_outcome_display()}"

    @property
    def text(self) -> str:
        """The body as text."""
        return bytes(self.body).decode("utf-8", "replace")
