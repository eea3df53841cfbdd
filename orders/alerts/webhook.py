"""Alerts as events to the operator's address (STAFF_CALL_URL).

They go through the delivery engine to a receiver of their own: signed, retried while that is
useful, with a circuit breaker and a place on the page "Delivery". They and Stream's events do not
wait for each other.
"""

from datetime import timedelta

from django.conf import settings

from integration.webhooks import outbox
from integration.webhooks.endpoints import Destination
from orders.lifecycle import acceptance
from orders.models import StaffCall

from . import text as alert_text

NAME = "calls"
EVENT_TYPE = "staff.called"
_WORTH_SENDING_FOR = timedelta(minutes=10)


def destination() -> Destination | None:
    """Return the operator's address; None while it is not set."""
    if not settings.STAFF_CALL_URL:
        return None
    return Destination(url=settings.STAFF_CALL_URL, secrets=(settings.STAFF_CALL_SECRET,))


def emit(call: StaffCall) -> None:
    """Emit an event about the alert, in the transaction that opens it.

    It holds no customer data. Once the order has been decided automatically it is useless.
    """
    if destination() is None:
        return
    order, until = call.order, call.at + _WORTH_SENDING_FOR
    if order is not None and call.reason == StaffCall.Reason.WAITING:
        until = order.created_at + acceptance.STAFF_HAVE
    outbox.emit(
        merchant_id=call.location.merchant_id,
        location_id=call.location.provider_id,
        event_type=EVENT_TYPE,
        ordering_key=f"call/{call.pk}",
        data={
            "location": call.location.name,
            "what": str(call.reason),
            "message": alert_text.sentence(call),
            **({"order_number": order.dsp_order_number or str(order.pk)[:8]} if order else {}),
            "since": round(call.since.timestamp() * 1000),
            "link": alert_text.link(call),
        },
        expires_at=until,
        endpoint=NAME,
    )
