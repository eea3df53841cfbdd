"""What a location says about its orders: who accepts them, how long they take, who is called."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, validate_email
from django.db import models

LONGEST_MINUTES = 1440  # A day: nobody waits longer for a kitchen.
_MOST_ORDERS = 500
_MOST_ADDRESSES = 10


class AcceptanceMode(models.TextChoices):
    """Who accepts an order that nothing speaks against (contract LIFE)."""

    AUTOMATIC = "automatic", "by themselves"
    BELOW_LOAD = "below_load", "by themselves while the kitchen has room, otherwise by staff"
    MANUAL = "manual", "by staff, within 45 seconds"


class DefaultDecision(models.TextChoices):
    """What becomes of an order that nobody decided on in time (contract LIFE)."""

    REJECT = "reject", "is rejected"
    ACCEPT = "accept", "is accepted"


def addresses_in(text: str) -> list[str]:
    """The e-mail addresses of a list by comma, each once."""
    parts = (part.strip() for part in text.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def validate_addresses(text: str) -> None:
    addresses = addresses_in(text)
    if len(addresses) > _MOST_ADDRESSES:
        raise ValidationError(f"Write at most {_MOST_ADDRESSES} addresses.")
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(
                f"{address!r} is no e-mail address: write them like pat@example.com by comma."
            ) from error


def _count(
    label: str, default: int, most: int, *, least: int = 0, help_text: str = ""
) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(
        label,
        default=default,
        db_default=default,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
        help_text=help_text,
    )


class OrderRules(models.Model):
    """A location's answer to: may this order be made at once, when is it ready, who is called."""

    prep_time_minutes = models.PositiveSmallIntegerField(
        "preparation time (minutes)",
        default=15,
        help_text="What Stream shows customers before they order, and what an order takes while"
        " the kitchen is not busy.",
    )
    prep_minutes_per_order = _count(
        "minutes for each open order", 0, 240, help_text="0: open orders add nothing."
    )
    prep_orders_free = _count(
        "open orders that add nothing",
        0,
        _MOST_ORDERS,
        help_text="Minutes are added for each open order beyond these.",
    )
    prep_minutes_per_item = _count(
        "minutes for each item", 0, 240, help_text="0: items add nothing."
    )
    prep_items_free = _count(
        "items that add nothing",
        0,
        10_000,
        help_text="Minutes are added for each item of the order beyond these.",
    )
    prep_time_most_minutes = _count(
        "never more than (minutes)", 0, LONGEST_MINUTES, help_text="0: no more than a day."
    )
    acceptance_mode = models.CharField(
        "orders are accepted",
        max_length=10,
        choices=AcceptanceMode,
        default=AcceptanceMode.AUTOMATIC,
        db_default=AcceptanceMode.AUTOMATIC,
        help_text="By staff: each order waits up to 45 seconds for somebody who accepts or"
        " rejects it.",
    )
    load_limit = _count(
        "the kitchen is full with",
        10,
        _MOST_ORDERS,
        least=1,
        help_text="Open orders. Counts only where orders are accepted while the kitchen has room:"
        " with so many in progress, the next one waits for staff.",
    )
    default_decision = models.CharField(
        "an order that nobody decides on",
        max_length=6,
        choices=DefaultDecision,
        default=DefaultDecision.REJECT,
        db_default=DefaultDecision.REJECT,
        help_text="After 45 seconds. Stream waits for 60, then it rejects the order itself.",
    )
    call_when_unwatched = models.BooleanField(
        "call people when nobody looks at the board",
        default=True,
        db_default=True,
        help_text="While orders would wait for staff: when one comes, or after five minutes.",
    )
    call_after_seconds = _count(
        "call people when an order waits for (seconds)",
        15,
        44,
        help_text="0: never. After 45 seconds it is decided by itself.",
    )
    call_late_minutes = _count(
        "call people when an order is late by (minutes)",
        0,
        LONGEST_MINUTES // 2,
        help_text="0: never. An order is late when it is still in progress so long after it"
        " was to be ready.",
    )
    call_emails = models.CharField(
        "who is called",
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        validators=[validate_addresses],
        help_text="E-mail addresses by comma. Empty: the owners.",
    )

    class Meta:
        abstract = True

    @property
    def call_addresses(self) -> list[str]:
        """Who is called by e-mail; empty means the merchant's owners."""
        return addresses_in(self.call_emails)
