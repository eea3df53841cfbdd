"""Quotes, orders and refunds as front ends use them."""

import hashlib
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from dsp.models import Quote, Refund
from dsp.ordering import cart_reading, placing_request, quotes
from dsp.ordering.body_fields import Fields
from dsp.ordering.refusals import Malformed, NotFound
from dsp.ordering.shown_order import milliseconds, shown_refund
from dsp.orders import cancelation, refunds
from dsp.orders.transitions import GUEST
from integration.api.conditional import known_etags
from integration.api.request_body import read_body

from .authentication import holder_of
from .base import ChannelView, body_of, searchable, store_of
from .order_lookup import order_of, shown

_KEY_LENGTH = 255
_JSON = "application/json"


class QuotesView(ChannelView):
    """Prices a cart."""

    def post(self, request: Request, store_id: str) -> Response:
        store = store_of(request, store_id)
        quote = quotes.make(store, cart_reading.read(Fields(body_of(request))))
        return Response(_shown_quote(quote), status=201)


class OrdersView(ChannelView):
    """Places orders; a repeat gets the first answer again, byte for byte."""

    def post(self, request: Request) -> HttpResponse:
        holder = holder_of(request)
        key = searchable(request.headers.get("Idempotency-Key", "").strip())
        if not 1 <= len(key) <= _KEY_LENGTH:
            raise Malformed(f"Send an Idempotency-Key of 1 to {_KEY_LENGTH} characters.")
        order = placing_request.place(
            holder.merchant, holder.scope, key, body_of(request), holder.store_ids
        )
        return HttpResponse(order.answer, content_type=_JSON, status=201)


class OrderView(ChannelView):
    """One order with its history."""

    def get(self, request: Request, order_id: str) -> HttpResponse:
        content = orjson.dumps(shown(order_of(request, order_id)))
        etag = hashlib.sha256(content).hexdigest()[:32]
        response = HttpResponse(content, content_type=_JSON)
        if known_etags(request.headers.get("If-None-Match", "")) & {etag, "*"}:
            response = HttpResponse(status=304)
            del response["Content-Type"]
        response["ETag"] = f'"{etag}"'
        response["Vary"] = "Authorization"
        response["Cache-Control"] = "private, no-cache"
        return response


class CancelView(ChannelView):
    """Cancels an order for the guest."""

    def post(self, request: Request, order_id: str) -> Response:
        read_body(request._request, limit=_BODY_LIMIT)
        order = order_of(request, order_id)
        cancelation.cancel(order.pk, GUEST, by_guest=True)
        return Response(shown(order_of(request, order_id)))


class RefundAckView(ChannelView):
    """Takes the payment side's word that the guest has the money."""

    def post(self, request: Request, refund_id: str) -> Response:
        holder = holder_of(request)
        reference = Fields(body_of(request)).text("reference", most=255)
        # Of archived stores too: what is owed stays owed.
        refunds_seen = Refund.objects.filter(order__merchant=holder.merchant)
        if holder.store_ids is not None:
            refunds_seen = refunds_seen.filter(order__store__in=holder.store_ids)
        found = refunds_seen.filter(provider_id=searchable(refund_id)).first()
        if found is None:
            raise NotFound("There is no such refund.")
        refund = refunds.acknowledge(found.pk, reference, f"key {holder.name}")
        return Response(shown_refund(refund))


_BODY_LIMIT = 64 * 1024


def _shown_quote(quote: Quote) -> dict[str, Any]:
    amounts = quote.amounts
    extras = ("service_charge", "delivery_fee", "delivery_fee_taxes")
    return {
        "quote_id": quote.provider_id,
        "menu_version": quote.menu_number,
        "valid_until": milliseconds(quote.valid_until),
        "currency": quote.currency,
        "subtotal": amounts["subtotal"],
        "tax": amounts["tax"] + amounts["tax_withheld"],
        "taxes": amounts["taxes"],
        "tip": amounts["store_tip"] + amounts["driver_tip"],
        **{name: amounts[name] for name in extras if amounts[name]},
        **({"discounts": amounts["discounts"]} if amounts["discounts"] else {}),
        "total": quote.total,
        "ready_at": milliseconds(quote.ready_at),
    }
