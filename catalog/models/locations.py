"""A merchant's restaurants."""

import secrets
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from catalog.hours import special_days
from catalog.hours import weekly as weekly_hours
from catalog.hours.opening import Opening
from integration.db import database_time

from . import order_restrictions
from .base import provider_id_validator
from .history import Recorded
from .order_rules import OrderRules


def new_location_id() -> str:
    return f"loc_{secrets.token_hex(8)}"


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"{value} is not a time zone like America/Chicago.")


class Location(OrderRules, Recorded):
    """One restaurant, with its address, opening hours and order settings."""

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
        help_text="Days with windows like 09:00-21:30; empty: always open.",
    )
    special_days = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        validators=[special_days.validate],
        help_text='Dates with other hours: {"2026-12-31": ["10:00-15:00"]}; []: closed.',
    )
    channels_off = models.JSONField(
        "channels switched off",
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        validators=[order_restrictions.validate],
        help_text="Orders from these channels are refused; case does not matter.",
    )
    fulfillment_types_off = models.JSONField(
        "fulfillment types not offered",
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        validators=[order_restrictions.validate],
        help_text="Orders of these types are refused: delivery, pickup, drive_thru …",
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_connected = models.BooleanField("connected by Stream", default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            # For catalog/locations/pause.py:resume_due: looks for ended pauses every second.
            models.Index(
                fields=["paused_until"],
                condition=Q(paused_at__isnull=False),
                name="location_paused",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_paused(self, now: datetime | None = None) -> bool:
        """Return whether it is paused; a pause that has ended no longer counts."""
        if self.paused_at is None:
            return False
        return self.paused_until is None or self.paused_until > (now or database_time.now())

    @property
    def opening(self) -> Opening:
        return Opening(self.hours, self.special_days)

    def is_open(self, at: datetime | None = None) -> bool:
        """Return whether it is open by its opening hours and special days alone."""
        return self.opening.is_open(self.local(at))

    def next_opening(self, at: datetime | None = None) -> datetime | None:
        """Return the next opening in local time, or None if it never opens."""
        return self.opening.next_opening(self.local(at))

    def end_of_day(self, at: datetime | None = None) -> datetime:
        """Return the start of its next business day in local time, which ends "off for the day"."""
        return self.opening.next_day(self.local(at))

    def local(self, at: datetime | None = None) -> datetime:
        """Return the instant, by default now, in the location's time zone."""
        return (at or database_time.now()).astimezone(ZoneInfo(self.timezone))


class LocationAccess(models.Model):
    """A location to which a manager or kitchen user is limited; without rows there is no limit."""

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
            return  # The fields themselves report that they are missing.
        user: Any = self.user
        if user.merchant_id != self.location.merchant_id:
            raise ValidationError("This location belongs to another merchant than the user.")
