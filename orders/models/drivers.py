"""A merchant's own drivers and what they deliver."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q


class Driver(models.Model):
    """A driver of a merchant; deactivated rather than deleted."""

    merchant = models.ForeignKey(
        "integration.Merchant", on_delete=models.CASCADE, related_name="drivers"
    )
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=40, help_text="In E.164.")
    code = models.CharField(
        "extension",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"\A[0-9]{0,10}\Z", "Enter up to ten digits.")],
    )
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When name and phone were erased."
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "phone", "code"],
                condition=Q(erased_at=None),
                name="driver_once",
                violation_error_message="There is a driver with this phone number already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Erased driver {self.pk}"


class DriverAssignment(models.Model):
    """A driver's delivery of one order: one of our own, or a followed one."""

    merchant = models.ForeignKey("integration.Merchant", on_delete=models.CASCADE)
    location = models.ForeignKey("catalog.Location", on_delete=models.PROTECT, related_name="+")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="assignments")
    order = models.ForeignKey(
        "orders.Order", on_delete=models.CASCADE, null=True, related_name="assignments"
    )
    followed = models.ForeignKey(
        "orders.FollowedOrder", on_delete=models.CASCADE, null=True, related_name="assignments"
    )
    due_at = models.DateTimeField(null=True, help_text="When the customer expects it.")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
    )
    out_at = models.DateTimeField(null=True, help_text="When the driver left with it.")
    delivered_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(
        null=True, help_text="When another driver took over, or the order ended undelivered."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(order=None, followed__isnull=False)
                | Q(order__isnull=False, followed=None),
                name="assignment_of_one",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(replaced_at=None, order__isnull=False),
                name="assignment_of_order",
            ),
            models.UniqueConstraint(
                fields=["followed"],
                condition=Q(replaced_at=None, followed__isnull=False),
                name="assignment_of_followed",
            ),
        ]
        indexes = [
            # For orders/reports/scope.py:Scope.assignments: a merchant's deliveries in a period.
            models.Index(fields=["merchant", "assigned_at"], name="assignment_figures"),
        ]

    def __str__(self) -> str:
        return f"{self.driver} delivers {self.order or self.followed}"
