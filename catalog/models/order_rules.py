"""A location's order settings: acceptance, preparation time, and alerts to staff."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, validate_email
from django.db import models

LONGEST_MINUTES = 1440  # A day.
_MAX_ORDERS = 500
_MAX_ADDRESSES = 10


class AcceptanceMode(models.TextChoices):
    """The way in which valid orders are accepted (contract LIFE)."""

    AUTOMATIC = "automatic", "automatically"
    BELOW_LOAD = "below_load", "automatically while the kitchen has room, otherwise by staff"
    MANUAL = "manual", "by staff, within 45 seconds"


class DefaultDecision(models.TextChoices):
    """The decision on an order when staff have not decided in time (contract LIFE)."""

    REJECT = "reject", "is rejected"
    ACCEPT = "accept", "is accepted"


def addresses_in(text: str) -> list[str]:
    """Return the e-mail addresses in a comma-separated list, without duplicates."""
    parts = (part.strip() for part in text.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def validate_addresses(text: str) -> None:
    addresses = addresses_in(text)
    if len(addresses) > _MAX_ADDRESSES:
        raise ValidationError(f"Enter at most {_MAX_ADDRESSES} addresses.")
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(
                f"{address!r} is not an e-mail address like pat@example.com; separate several by"
                " commas."
            ) from error


def _count(
    label: str, default: int, maximum: int, *, minimum: int = 0, help_text: str = ""
) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(
        label,
        default=default,
        db_default=default,
        validators=[MinValueValidator(minimum), MaxValueValidator(maximum)],
        help_text=help_text,
    )


class OrderRules(models.Model):
    """A location's order settings (abstract)."""

    prep_time_minutes = models.PositiveSmallIntegerField(
        "preparation time (minutes)",
        default=15,
        help_text="Stream shows it to customers before they order; an order takes this long while"
        " the kitchen is not busy.",
    )
    prep_minutes_per_order = _count(
        "minutes for each open order", 0, 240, help_text="0: open orders add no time."
    )
    prep_orders_free = _count(
        "open orders that add no time",
        0,
        _MAX_ORDERS,
        help_text="Minutes are added for each open order beyond these.",
    )
    prep_minutes_per_item = _count(
        "minutes for each item", 0, 240, help_text="0: items add no time."
    )
    prep_items_free = _count(
        "items that add no time",
        0,
        10_000,
        help_text="Minutes are added for each item of the order beyond these.",
    )
    prep_time_most_minutes = _count(
        "at most (minutes)", 0, LONGEST_MINUTES, help_text="0: up to a day."
    )
    acceptance_mode = models.CharField(
        "orders are accepted",
        max_length=10,
        choices=AcceptanceMode,
        default=AcceptanceMode.AUTOMATIC,
        db_default=AcceptanceMode.AUTOMATIC,
        help_text="By staff: each order waits up to 45 seconds for somebody to accept or reject"
        " it.",
    )
    load_limit = _count(
        "the kitchen is full with (open orders)",
        10,
        _MAX_ORDERS,
        minimum=1,
        help_text="Applies only if orders are accepted while the kitchen has room: with this many"
        " in progress, the next one waits for staff.",
    )
    default_decision = models.CharField(
        "an order that staff do not decide on",
        max_length=6,
        choices=DefaultDecision,
        default=DefaultDecision.REJECT,
        db_default=DefaultDecision.REJECT,
        help_text="Applied after 45 seconds; after 60, Stream rejects the order itself.",
    )
    shows_followed_orders = models.BooleanField(
        "show orders of other POSs on the board",
        default=False,
        db_default=False,
        help_text="Orders that Stream confirmed in another POS; the board only shows them.",
    )
    call_when_unwatched = models.BooleanField(
        "alert staff when nobody is watching the board",
        default=True,
        db_default=True,
        help_text="If orders would wait for staff: when one arrives, or after five minutes.",
    )
    call_after_seconds = _count(
        "alert staff when an order has waited for (seconds)",
        15,
        44,
        help_text="0: never. After 45 seconds it is decided automatically.",
    )
    call_late_minutes = _count(
        "alert staff when an order is late by (minutes)",
        0,
        LONGEST_MINUTES // 2,
        help_text="0: never. An order is late while it is in progress after the time at which it"
        " was to be ready.",
    )
    call_emails = models.CharField(
        "recipients of alerts",
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        validators=[validate_addresses],
        help_text="E-mail addresses, separated by commas. Empty: the owners.",
    )

    class Meta:
        abstract = True

    @property
    def call_addresses(self) -> list[str]:
        """The e-mail addresses to alert; empty means the merchant's owners."""
        return addresses_in(self.call_emails)
