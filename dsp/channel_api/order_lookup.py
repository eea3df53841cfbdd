"""Orders by their ID, as far as the key sees them."""

from typing import Any

from rest_framework.request import Request

from dsp.models import ChannelOrder
from dsp.ordering.refusals import NotFound
from dsp.ordering.shown_order import shown_order

from .authentication import holder_of
from .base import searchable


def order_of(request: Request, order_id: str) -> ChannelOrder:
    """Return the order with its refund and history. Raises NotFound."""
    holder = holder_of(request)
    orders = ChannelOrder.objects.filter(merchant=holder.merchant)
    if holder.store_ids is not None:
        orders = orders.filter(store__in=holder.store_ids)
    orders = orders.select_related("store", "refund").prefetch_related("history")
    order = orders.filter(provider_id=searchable(order_id)).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def shown(order: ChannelOrder) -> dict[str, Any]:
    return shown_order(order, order.history.all())
