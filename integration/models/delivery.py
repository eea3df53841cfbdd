"""How delivery stands: its receivers, what staff must look at, what the plots are drawn from."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Endpoint(models.Model):
    """One receiver of our events, and whether it works. Its URL and secret are settings."""

    name = models.CharField(max_length=32, primary_key=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=200, blank=True)
    last_success_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(
        null=True, help_text="The breaker is open: nothing but a probe is sent, at this time."
    )
    probe_wait_seconds = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(
        null=True, help_text="It answered 410: its events wait until staff resume it."
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
    """Something about delivery that a person must look at; one open row for each cause."""

    class Kind(models.TextChoices):
        REFUSED = "refused", "The receiver refuses events"
        STOPPED = "stopped", "The receiver is gone (410)"
        FAILING = "failing", "The receiver fails steadily"
        TRIED_OUT = "tried_out", "Events were given up after every try"
        EXPIRED = "expired", "Events could not be sent in time"

    cause = models.CharField(max_length=80, help_text="Kind, receiver and merchant in one text.")
    kind = models.CharField(max_length=9, choices=Kind)
    endpoint = models.CharField(max_length=32)
    merchant = models.ForeignKey(
        "integration.Merchant",
        on_delete=models.CASCADE,
        null=True,
        help_text="Empty: it concerns every merchant.",
    )
    message = models.CharField(max_length=500, help_text="What is wrong, and what to do.")
    count = models.PositiveIntegerField(default=1, help_text="How often it happened while open.")
    raised_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=254, blank=True, help_text="Empty: by itself.")
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
    """How many attempts ended how, and how long they took; rows are added, and later summed.

    `at` is the instant of a batch, or the beginning of the span that was summed into the row.
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
    buckets = models.JSONField(help_text="How many took at most tallies.BUCKETS_MS[i], and longer.")
    span_seconds = models.PositiveIntegerField(default=0, help_text="0: not summed yet.")

    def __str__(self) -> str:
        return f"{self.count} {self.outcome} at {self.at}"


class QueueSample(models.Model):
    """How many events waited for an endpoint at an instant, and the oldest of them."""

    at = models.DateTimeField(db_index=True)
    endpoint = models.CharField(max_length=32)
    waiting = models.PositiveIntegerField()
    oldest_seconds = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.waiting} at {self.at}"
