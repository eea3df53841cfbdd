"""The state of delivery: endpoints, alarms, and the statistics behind the charts."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Endpoint(models.Model):
    """A receiver of our events and its health. Its URL and secret are settings."""

    name = models.CharField(max_length=32, primary_key=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=200, blank=True)
    last_success_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(
        null=True, help_text="The circuit breaker is open: only a probe is sent, at this time."
    )
    probe_wait_seconds = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(
        null=True, help_text="It responded 410: its events wait until staff resume it."
    )

    class Meta:
        verbose_name = "receiver"

    def __str__(self) -> str:
        return self.name

    @property
    def breaker(self) -> str:
        """`stopped`, `open` (failing, only probed) or `closed` (works)."""
        if self.stopped_at is not None:
            return "stopped"
        return "closed" if self.probe_at is None else "open"


class Alarm(models.Model):
    """A delivery problem that needs a person; at most one open row per cause."""

    class Kind(models.TextChoices):
        REFUSED = "refused", "The receiver refuses events"
        STOPPED = "stopped", "The receiver is gone (410)"
        FAILING = "failing", "The receiver keeps failing"
        TRIED_OUT = "tried_out", "Events were given up after the last attempt"
        EXPIRED = "expired", "Events could not be sent in time"
        STALLED = "stalled", "The workers stand still"
        SKEW = "skew", "A clock is wrong"
        HANDLER = "handler", "Stream's events fail here"
        MENU = "menu", "A published menu was not taken"
        UNHEARD = "unheard", "The restaurant does not answer orders of the channel"
        MADE = "made", "The kitchen makes an order that has ended"
        FOREIGN = "foreign", "Stream reports on an order that it was not sent"
        CARTS = "carts", "The restaurant's POS refuses carts"
        BROKEN = "broken", "Stream does not know a store"
        PAUSED = "paused", "A store paused itself: its orders fail"
        PERSON = "person", "Whoever connected Stream is no longer an owner"

    cause = models.CharField(max_length=80, help_text="Kind, receiver and merchant, combined.")
    kind = models.CharField(max_length=9, choices=Kind)
    endpoint = models.CharField(max_length=32)
    merchant = models.ForeignKey(
        "integration.Merchant",
        on_delete=models.CASCADE,
        null=True,
        help_text="Empty: it concerns every merchant.",
    )
    message = models.CharField(max_length=500, help_text="What is wrong, and what to do.")
    count = models.PositiveIntegerField(default=1, help_text="Number of occurrences while open.")
    raised_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=254, blank=True, help_text="Empty: automatically.")
    emailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=Q(resolved_at__isnull=True), name="alarm_open_once"
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class DeliveryTally(models.Model):
    """Counts and durations of attempts by outcome; rows are added, and later summed.

    `at` is the instant of a batch, or the start of the time span summed into the row.
    """

    class Outcome(models.TextChoices):
        DELIVERED = "delivered", "Delivered"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    endpoint = models.CharField(max_length=32)
    outcome = models.CharField(max_length=9, choices=Outcome)
    count = models.PositiveBigIntegerField()
    total_ms = models.PositiveBigIntegerField()
    buckets = models.JSONField(
        help_text="Attempts by duration: up to each of statistics.BUCKETS_MS, and longer."
    )
    span_seconds = models.PositiveIntegerField(default=0, help_text="0: not summed yet.")

    def __str__(self) -> str:
        return f"{self.count} {self.outcome} at {self.at}"


class QueueSample(models.Model):
    """The number of events waiting for an endpoint at an instant, and the age of the oldest."""

    at = models.DateTimeField(db_index=True)
    endpoint = models.CharField(max_length=32)
    waiting = models.PositiveIntegerField()
    oldest_seconds = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.waiting} at {self.at}"
