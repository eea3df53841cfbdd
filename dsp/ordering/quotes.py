"""Quotes: a priced cart that holds for a while; it reserves nothing (contract DSP-API)."""

from datetime import timedelta

from django.conf import settings

from dsp.models import Quote, Store
from integration.clocks import heartbeat
from integration.db import batches, database_time

from . import cart_reading, pricing
from .cart_request import CartRequest

_KEPT = timedelta(days=1)


def make(store: Store, request: CartRequest) -> Quote:
    """Price and store the cart. Raises Impossible with every problem."""
    now = database_time.now()
    priced = pricing.price(store, request, now)
    return Quote.objects.create(
        store=store,
        menu_number=priced.menu_number,
        valid_until=now + timedelta(seconds=settings.DSP.quote_seconds),
        fulfillment_type=request.fulfillment_type,
        requested_for=request.requested_for,
        ready_at=priced.ready_at,
        cart=cart_reading.to_json(request),
        lines=priced.items,
        currency=priced.currency,
        amounts=dict(priced.amounts),
        total=priced.total,
    )


def delete_old() -> None:
    """Delete quotes that ended at least a day ago."""
    kept = _KEPT + timedelta(seconds=settings.DSP.quote_seconds)
    old = Quote.objects.filter(created_at__lt=database_time.now() - kept).order_by("created_at")
    batches.delete(old, step=heartbeat.step)
