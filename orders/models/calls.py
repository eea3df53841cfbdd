"""Board presence and staff alerts."""

from django.db import models
from django.db.models import Q

from .orders import Order


class BoardPresence(models.Model):
    """The last time a screen showed a location's board (orders.alerts.presence)."""

    location = models.OneToOneField(
        "catalog.Location", on_delete=models.CASCADE, primary_key=True, related_name="presence"
    )
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.location_id} seen at {self.seen_at}"


class StaffCall(models.Model):
    """An alert to a location's staff, about an order or an unwatched board (orders.alerts)."""

    class Reason(models.TextChoices):
        WAITING = "waiting", "An order waits for a decision"
        LATE = "late", "An order is late"
        UNWATCHED = "unwatched", "The board is not open on any screen"

    location = models.ForeignKey(
        "catalog.Location", on_delete=models.CASCADE, related_name="staff_calls"
    )
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, related_name="staff_calls"
    )
    reason = models.CharField(max_length=9, choices=Reason)
    since = models.DateTimeField(help_text="Start of the situation that it is about.")
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # One alert per order and reason; an unwatched board may be reported again and again.
            models.UniqueConstraint(
                fields=["order", "reason"], condition=Q(order__isnull=False), name="call_of_order"
            ),
            models.UniqueConstraint(
                fields=["location", "reason"],
                condition=Q(order=None, ended_at=None),
                name="call_open_once",
            ),
        ]
        indexes = [
            # For orders/alerts/service.py:open_for: the few open alerts, every second.
            models.Index(fields=["reason"], condition=Q(ended_at=None), name="call_open"),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
