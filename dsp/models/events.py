"""The archive of Stream's events to the channel."""

from django.db import models


class ReceivedEvent(models.Model):
    """An event exactly as received, with its outcome; of a menu's address, the signature is cut."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", "Applied"
        NOTED = "noted", "Noted, nothing to change"
        STORED = "stored", "Stored"
        UNKNOWN_TYPE = "unknown_type", "Stored, unknown type"
        UNKNOWN_STORE = "unknown_store", "Refused: no such store"
        UNKNOWN_OBJECT = "unknown_object", "Refused: no such menu object or order"
        MALFORMED = "malformed", "Refused: could not be read"

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    store = models.ForeignKey(
        "dsp.Store", on_delete=models.CASCADE, null=True, related_name="received_events"
    )
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)
    event_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    outcome = models.CharField(max_length=14, choices=Outcome)
    problem = models.TextField(blank=True, help_text="The reason for a refusal.")

    class Meta:
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.event_type or 'event'}: {self.get_outcome_display()}"
