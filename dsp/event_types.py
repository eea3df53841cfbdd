"""The event types that the channel emits (contract DSP-WH)."""

from django.conf import settings

from integration.webhooks.event_types import EventType

from .orders import handover


def types() -> tuple[EventType, ...]:
    """Return the types under the names that are set.

    All are urgent: each brings its end with it, and one merchant's failing orders must not hold up
    those of the others, as the circuit breaker would.
    """
    new_order, cancel_order, store_status, delivery_status = settings.DSP.event_types
    return (
        EventType(
            new_order,
            is_urgent=True,
            is_still_true=handover.is_still_owed,
            on_ended=(handover.settle_soon,),
            after_failure="Its order fails and a payment is owed back: see Channel orders.",
        ),
        EventType(cancel_order, is_urgent=True, holds_personal_data=False),
        EventType(store_status, is_urgent=True, holds_personal_data=False),
        EventType(delivery_status, is_urgent=True),
    )
