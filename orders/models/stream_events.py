"""The archive of the Stream Events role, and the locations that it speaks of (contract EV)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from integration.models import Merchant


class StreamLocation(models.Model):
    """A location by the id that Stream gives it, and which of ours it is, if anybody knows."""

    stream_id = models.CharField("ID at Stream", max_length=255, unique=True)
    location = models.ForeignKey(
        "catalog.Location",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="stream_locations",
        help_text="Empty: nobody has mapped it yet.",
    )
    reference_id = models.CharField(
        max_length=255, blank=True, help_text="Our ID, as Stream last named it."
    )
    first_seen_at = models.DateTimeField(auto_now_add=True)
    mapped_at = models.DateTimeField(null=True, blank=True)
    mapped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        help_text="Empty: Stream's event named our location.",
    )

    class Meta:
        ordering = ["stream_id"]

    def __str__(self) -> str:
        return self.stream_id


class StreamEvent(models.Model):
    """A signed event of the Stream Events role exactly as received, with its outcome.

    Stream gives events no id, so equal bodies are one event.
    """

    class Outcome(models.TextChoices):
        RECEIVED = "received", "Not processed yet"
        APPLIED = "applied", "Applied"
        NOTED = "noted", "Noted, nothing to change"
        WAITING = "waiting", "Waits for its order's confirmation"
        UNKNOWN_TYPE = "unknown_type", "Logged, unknown type"
        UNREADABLE = "unreadable", "Logged, could not be read"

    content = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the body.")
    received_at = models.DateTimeField(db_index=True)
    event_type = models.CharField(max_length=100)
    body = models.BinaryField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.RECEIVED)
    reason = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="Why it was not applied."
    )
    # Known once it was processed.
    stream_location_id = models.CharField(max_length=255, blank=True, default="", db_default="")
    stream_order_id = models.CharField(max_length=255, blank=True, default="", db_default="")
    followed = models.ForeignKey(
        "orders.FollowedOrder", on_delete=models.SET_NULL, null=True, related_name="events"
    )
    erased_at = models.DateTimeField(
        null=True, help_text="When the personal data in its body was erased."
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # For orders/stream_events/processing.py:_due: what has yet to be processed.
            models.Index(fields=["id"], condition=Q(outcome="received"), name="stream_event_due"),
            # For orders/stream_events/processing.py:_release: what came before its confirmation.
            models.Index(
                fields=["stream_location_id", "stream_order_id"],
                condition=Q(outcome="waiting"),
                name="stream_event_waiting",
            ),
            # For orders/privacy/followed.py:erase_archive: old bodies that are still there.
            models.Index(
                fields=["received_at"], condition=Q(erased_at=None), name="stream_event_unerased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type}: {self.get_outcome_display()}"

    @property
    def text(self) -> str:
        """The body as text."""
        return bytes(self.body).decode("utf-8", "replace")

    @property
    def merchant(self) -> Merchant | None:
        """The merchant of its order; None while nobody knows whose it is."""
        return self.followed.merchant if self.followed else None
