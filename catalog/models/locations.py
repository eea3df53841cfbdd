"""A merchant's restaurants."""

import secrets
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.hours import special_days
from catalog.hours import weekly as weekly_hours
from catalog.hours.opening import Opening

from . import order_restrictions
from .base import provider_id_validator
from .history import Recorded
from .order_rules import OrderRules


def new_location_id() -> str:
    return f"loc_{secrets.token_hex(8)}"


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"{value} is no time zone; write one like America/Chicago.")


class Location(OrderRules, Recorded):
    """One restaurant: where it is, when it is open, whether Stream may send it orders."""

    provider_id = models.CharField(
        "ID",
        max_length=64,
        unique=True,
        default=new_location_id,
        validators=[provider_id_validator],
    )
    merchant = models.ForeignKey(
        "integration.Merchant", on_delete=models.CASCADE, related_name="locations"
    )
    name = models.CharField(max_length=200)
    address_line_1 = models.CharField(max_length=200)
    address_line_2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=60, default="USA")
    timezone = models.CharField(
        "time zone", max_length=64, default="America/New_York", validators=[validate_timezone]
    )
    hours = models.JSONField(
        "opening hours",
        default=dict,
        blank=True,
        validators=[weekly_hours.validate],
        help_text="Days with windows like 09:00-21:30; nothing at all means always open.",
    )
    special_days = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        validators=[special_days.validate],
        help_text='Dates with other hours: {"2026-12-31": ["10:00-15:00"]}; [] is closed.',
    )
    channels_off = models.JSONField(
        "channels switched off",
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        validators=[order_restrictions.validate],
        help_text="Orders from these are refused; case does not matter.",
    )
    fulfillment_types_off = models.JSONField(
        "not offered",
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        validators=[order_restrictions.validate],
        help_text="Such orders are refused: delivery, pickup, drive_thru …",
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_connected = models.BooleanField("connected by Stream", default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            # For pausing.resume_due, which looks for pauses that are over every second.
            models.Index(
                fields=["paused_until"],
                condition=Q(paused_at__isnull=False),
                name="location_paused",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_paused(self, now: datetime | None = None) -> bool:
        """A pause that is over counts no more, whether or not anybody has noted its end yet."""
        if self.paused_at is None:
            return False
        return self.paused_until is None or self.paused_until > (now or timezone.now())

    @property
    def opening(self) -> Opening:
        return Opening(self.hours, self.special_days)

    def is_open(self, at: datetime | None = None) -> bool:
        """By its opening hours and special days alone."""
        return self.opening.is_open(self.local(at))

    def next_opening(self, at: datetime | None = None) -> datetime | None:
        """The next instant at which it opens, in its own time; None when it never does."""
        return self.opening.next_opening(self.local(at))

    def end_of_day(self, at: datetime | None = None) -> datetime:
        """When its next day of business begins, in its own time: what is off for the day is off
        until then."""
        return self.opening.next_day(self.local(at))

    def local(self, at: datetime | None = None) -> datetime:
        return (at or timezone.now()).astimezone(ZoneInfo(self.timezone))


class LocationAccess(models.Model):
    """Limits a manager or kitchen user to some locations; without any row there is no limit."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="location_access"
    )
    location = models.ForeignKey(Location, on_delete=models.CASCADE)

    class Meta:
        verbose_name = verbose_name_plural = "location access"
        constraints = [
            models.UniqueConstraint(fields=["user", "location"], name="location_access_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.location}"

    def clean(self) -> None:
        if self.user_id is None or self.location_id is None:
            return  # The fields say themselves that they are missing.
        user: Any = self.user
        if user.merchant_id != self.location.merchant_id:
            raise ValidationError("This location is not the user's merchant's.")
