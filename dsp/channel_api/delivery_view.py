"""Deliveries by the front end's own drivers."""

from rest_framework.request import Request
from rest_framework.response import Response

from dsp.ordering import delivery_request
from dsp.ordering.body_fields import Fields
from dsp.orders import delivery_status

from .authentication import holder_of
from .base import ChannelView, body_of
from .order_lookup import order_of, shown


class DeliveryView(ChannelView):
    """Takes the status of a delivery, of which Stream and the restaurant are told."""

    def post(self, request: Request, order_id: str) -> Response:
        fields = Fields(body_of(request))
        order = order_of(request, order_id)
        status, driver = delivery_request.read(fields, order.store.country)
        delivery_status.report(order.pk, status, driver, f"key {holder_of(request).name}")
        return Response(shown(order_of(request, order_id)))
