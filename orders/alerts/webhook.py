"""Calls as events to the address that the operator has set (STAFF_CALL_URL).

They go through the delivery engine, as a receiver of their own: signed, tried again while it is
worth it, with a breaker and a place on the page "Delivery". Neither waits for the other's events.
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


def destination(name: str) -> Destination | None:
    """For integration.webhooks.endpoints."""
    if name != NAME or not settings.STAFF_CALL_URL:
        return None
    return Destination(url=settings.STAFF_CALL_URL, secrets=(settings.STAFF_CALL_SECRET,))


def tell(call: StaffCall) -> None:
    """Owes the address an event about the call; in the transaction that opens it.

    Nothing of a customer is in it. After the decision by the clock nobody needs it any more.
    """
    if destination(NAME) is None:
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
        is_urgent=True,
        endpoint=NAME,
    )
