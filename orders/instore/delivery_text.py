"""Texts for staff on the delivery of an in-store order's event to Stream."""

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from integration.models import Endpoint, OutboundEvent
from integration.webhooks import explanations
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import Order

from . import delivery_request

_Ending = OutboundEvent.Ending
_WAITING = _("It is sent as soon as possible, and retried automatically.")
_GIVEN_UP = _("It was given up, and is not retried automatically.")
_ENDINGS = {
    _Ending.REFUSED: _("Stream refused it, and it is not retried automatically."),
    _Ending.EXPIRED: _("It could not be sent in time."),
    _Ending.STOPPED: _("Staff stopped it."),
    _Ending.DISCONNECTED: _("The location is no longer connected to Stream."),
}


def explain_delivery(order: Order) -> str:
    """Explain why it waits or was not delivered; empty when it was never sent.

    In English with times and causes, as in the admin; in other languages in one sentence. Takes two
    or three queries.
    """
    event = _newest_event(order)
    if event is None:
        return ""
    if translation.get_language() != "en":
        return _summary(event)
    endpoint = Endpoint.objects.filter(pk=event.endpoint).first()
    return explanations.explain(event, endpoint, timezone.now())


def _summary(event: OutboundEvent) -> str:
    if event.state == OutboundEvent.State.WAITING:
        return str(_WAITING)
    text = _ENDINGS.get(_Ending(event.ending)) if event.ending else None
    return str(text or _GIVEN_UP)


def _newest_event(order: Order) -> OutboundEvent | None:
    events = OutboundEvent.objects.filter(
        # Matches the condition of the partial index outbound_of_order.
        event_type__startswith="order.",
        ordering_key=ordering_key(order),
        merchant=order.merchant_id,
    )
    return events.filter(event_type=delivery_request.EVENT).order_by("-pk").first()
