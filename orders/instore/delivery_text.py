"""How the sending of an order to Stream stands, in words for who entered it."""

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from integration.models import Endpoint, OutboundEvent
from integration.webhooks import explanations
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import Order

from . import delivery_request

_Ending = OutboundEvent.Ending
_WAITS = _("It goes out as soon as it can, and is tried again by itself.")
_GIVEN_UP = _("It was given up, and is not tried again by itself.")
_ENDINGS = {
    _Ending.REFUSED: _("Stream refused it, and is not asked again by itself."),
    _Ending.EXPIRED: _("It could not be sent in time."),
    _Ending.STOPPED: _("Staff stopped it."),
    _Ending.DISCONNECTED: _("The location is no longer connected to Stream."),
}


def explained(order: Order) -> str:
    """Why it waits or did not arrive; empty when it was never sent. Two queries or three.

    In English with times and causes, as our staff read it in the admin, in other languages briefly.
    """
    event = _newest_event(order)
    if event is None:
        return ""
    if translation.get_language() != "en":
        return _briefly(event)
    endpoint = Endpoint.objects.filter(pk=event.endpoint).first()
    return explanations.explain(event, endpoint, timezone.now())


def _briefly(event: OutboundEvent) -> str:
    if event.state == OutboundEvent.State.WAITING:
        return str(_WAITS)
    known = _ENDINGS.get(_Ending(event.ending)) if event.ending else None
    return str(known or _GIVEN_UP)


def _newest_event(order: Order) -> OutboundEvent | None:
    events = OutboundEvent.objects.filter(
        # The condition of the index that finds it (outbound_of_order).
        event_type__startswith="order.",
        ordering_key=ordering_key(order),
        merchant=order.merchant_id,
    )
    return events.filter(event_type=delivery_request.EVENT).order_by("-pk").first()
