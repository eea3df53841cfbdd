"""The endpoint for all order events from Stream (contract, section 1)."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from integration.api.request_body import BodyTooLarge, read_body
from integration.models import Merchant
from integration.monitoring import counters
from orders.models import InboundEvent
from orders.protocol.lenient import Malformed
from orders.protocol.parser import read_event, read_new_order
from orders.protocol.responses import OTHER, Answer, refusal
from orders.protocol.schema import Cancelation, Order, Update
from orders.protocol.spellings import POS_TYPES

from . import create as order_intake
from . import event_log
from . import update as order_update
from .caller import SCOPE, Caller

BODY_LIMIT = 1_000_000
Outcome = InboundEvent.Outcome
_FAILED = "failed"  # In the metrics only: an error or an outage, and nothing is logged.


class OrderEventSerializer(serializers.Serializer[None]):
    """Documents the schema only; orders.protocol.parser reads bodies much faster."""

    type = serializers.CharField(help_text="order.created, order.updated or order.canceled")
    object = serializers.DictField(help_text="See docs/contract.md, ORD-NEW, ORD-UPD, ORD-CAN.")


class AlwaysJson(BaseContentNegotiation):
    """Always JSON, whatever `Accept` says: no order is lost over a header."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class OrdersView(APIView):
    """Handles every order event by its `type`.

    The bearer check is part of handling the event, so that a new order's token is looked up in the
    same exchange with the database as the rest.
    """

    content_negotiation_class = AlwaysJson
    required_scope = SCOPE

    def perform_authentication(self, request: Request) -> None:
        """Leave the token to `handle`."""

    def check_permissions(self, request: Request) -> None:
        """Leave the scope to `handle`."""

    @extend_schema(
        request=OrderEventSerializer,
        responses={
            200: OpenApiResponse(description="Accepted (order.created), or recorded."),
            400: OpenApiResponse(description="posValidation: every reason that applies."),
            404: OpenApiResponse(description="The order of an update or cancelation is unknown."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        try:
            body = read_body(request._request, limit=BODY_LIMIT)
        except BodyTooLarge:
            body = bytes(BODY_LIMIT + 1)
        answer = respond(request.headers.get("Authorization", ""), body)
        return HttpResponse(answer.body, status=answer.status, content_type="application/json")


def respond(authorization: str, body: bytes) -> Answer:
    """Process the event and count its outcome.

    Raises an APIException if the token gives no access; then nothing is counted.
    """
    outcome: str | None = _FAILED
    try:
        answer = handle(Caller(authorization), body)
        outcome = answer.outcome
    except APIException:
        outcome = None
        raise
    finally:
        if outcome is not None:
            counters.ORDERS.labels(outcome).inc()
    return answer


def handle(caller: Caller, body: bytes) -> Answer:
    """Process the event and return the response. Unreadable events are logged and refused.

    Raises an APIException if the caller's token gives no access.
    """
    if len(body) > BODY_LIMIT:
        answer = _malformed("The body is larger than 1 MB.")
        event_log.record(caller.merchant, b"", answer, "")
        return answer
    order = read_new_order(body)
    if order is not None:
        return order_intake.receive(caller, order, body)
    return _handle_any(caller, caller.merchant, body)


def _handle_any(caller: Caller, merchant: Merchant, body: bytes) -> Answer:
    """Handle other events, and new orders that have to be read leniently."""
    event_type = ""
    try:
        event = read_event(body)
        event_type = POS_TYPES.meant(event.type)
        if event_type != event.type:
            counters.NEAR_MISSES.labels(event_type).inc()
        if event_type == "order.created":
            return order_intake.receive(caller, event.read_object(Order), body)
        if event_type == "order.updated":
            return order_update.update(merchant, event.read_object(Update), body)
        if event_type == "order.canceled":
            return order_update.cancel(merchant, _with_id(event.read_object(Cancelation)), body)
        answer = Answer(200, b"{}", Outcome.UNKNOWN_TYPE)
    except Malformed as malformed:
        answer = _malformed(str(malformed))
    event_log.record(merchant, body, answer, event_type)
    return answer


def _with_id(sent: Cancelation) -> Cancelation:
    if not sent.provider_id and not sent.order_id:
        raise Malformed("object.provider_id is missing: it names the canceled order.")
    return sent


def _malformed(reason: str) -> Answer:
    return Answer(400, refusal(OTHER, reason).body(), Outcome.MALFORMED)
