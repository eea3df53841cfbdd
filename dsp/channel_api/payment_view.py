"""Payments of placed orders, proven by the front end that took them."""

from rest_framework.request import Request
from rest_framework.response import Response

from dsp.ordering import order_reading
from dsp.ordering.body_fields import Fields
from dsp.payments import proving

from .authentication import holder_of
from .base import ChannelView, body_of
from .order_lookup import order_of, shown


class PaymentView(ChannelView):
    """Takes a payment that was awaited, or the capture of an authorized one."""

    def post(self, request: Request, order_id: str) -> Response:
        proof = order_reading.read_proof(Fields(body_of(request)))
        order = order_of(request, order_id)
        proving.prove(order.pk, proof, f"key {holder_of(request).name}")
        return Response(shown(order_of(request, order_id)))
