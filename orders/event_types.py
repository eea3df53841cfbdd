"""The event types that orders emit (contract WH, LIFE), and the one about calls to staff."""

from datetime import timedelta

from integration.webhooks.event_types import EventType

from .alerts import webhook as alert_webhook
from .dispatch import driver_assignment
from .instore import delivery_request
from .lifecycle import acceptance, transitions

TYPES = (
    # Urgent: each brings its own end with it, 60 seconds after the order.
    EventType(
        acceptance.ACCEPTED,
        is_urgent=True,
        holds_personal_data=False,
        on_ended=(acceptance.record_delivery,),
    ),
    EventType(acceptance.REJECTED, is_urgent=True, on_ended=(acceptance.record_delivery,)),
    EventType(
        delivery_request.EVENT,
        window=timedelta(hours=1),
        on_ended=(delivery_request.record_delivery,),
    ),
    EventType(driver_assignment.EVENT, window=timedelta(hours=1)),
    EventType(transitions.STATUS_UPDATED, window=timedelta(hours=24), holds_personal_data=False),
    EventType(alert_webhook.EVENT_TYPE, is_urgent=True, holds_personal_data=False),
)
