"""The peer: the handler of Stream Events in the usual style of Django REST framework.

The request does all the work. Nested ModelSerializers read the order; a transaction archives the
event and creates the followed order and the first entry of its history by the ORM. It writes to the
same tables as ours. Left out in its favor: which location it is, and which order of ours.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.models import FollowedEvent, FollowedOrder, StreamEvent

NAME = "a DRF view with ModelSerializers that archives and creates the followed order"
_DETAILS = ("items", "delivery_address", "special_instructions", "fulfillment_instructions")


class ModifierSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    price = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        nested = ModifierSerializer(many=True, required=False) if self._depth() < 4 else None
        return super().get_fields() | ({"modifiers": nested} if nested else {})

    def _depth(self) -> int:
        depth, parent = 0, self.parent
        while parent is not None:
            depth, parent = depth + isinstance(parent, ModifierSerializer), parent.parent
        return depth


class ItemSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    price = serializers.IntegerField()
    special_instructions = serializers.CharField(required=False)
    modifiers = ModifierSerializer(many=True, required=False)


class CustomerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    phone = serializers.CharField()
    masked_phone_code = serializers.CharField()


class OrderSerializer(serializers.ModelSerializer[FollowedOrder]):
    id = serializers.CharField(source="stream_order_id")
    customer = CustomerSerializer()
    estimated_fulfillment_time = serializers.IntegerField()
    items = ItemSerializer(many=True)
    delivery_address: Any = serializers.DictField(child=serializers.CharField(), required=False)
    special_instructions = serializers.CharField(required=False)
    fulfillment_instructions = serializers.CharField(required=False)

    class Meta:
        model = FollowedOrder
        fields = [
            *("id", "source", "dsp_order_id", "dsp_order_number", "pos_order_id", "customer"),
            *("currency", "status", "fulfillment_type", "estimated_fulfillment_time"),
            *("subtotal", "tax", "total", "unpaid", *_DETAILS),
        ]
        validators: list[Any] = []

    def create(self, validated_data: dict[str, Any]) -> FollowedOrder:
        details = {name: validated_data.pop(name) for name in _DETAILS if name in validated_data}
        customer = validated_data.pop("customer")
        due = validated_data.pop("estimated_fulfillment_time")
        order, _ = FollowedOrder.objects.get_or_create(
            stream_location_id=validated_data.pop("stream_location_id"),
            stream_order_id=validated_data.pop("stream_order_id"),
            defaults={
                **validated_data,
                "details": details,
                "customer_name": customer["name"],
                "customer_phone": customer["phone"],
                "customer_phone_code": customer["masked_phone_code"],
                "due_at": datetime.fromtimestamp(due / 1000, UTC),
                "confirmed_at": timezone.now(),
            },
        )
        FollowedEvent.objects.create(followed=order, actor="stream", what="confirmed")
        return order


class PlainEventsView(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    parser_classes = [JSONParser]

    def post(self, request: Request) -> Response:
        body = request._request.body
        secret = settings.STREAM_EVENTS_SECRETS[0].encode()
        expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers["X-Stream-Signature"]):
            return Response(status=401)
        sent: Any = request.data
        serializer = OrderSerializer(data=sent["order"])
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            _, is_new = StreamEvent.objects.get_or_create(
                content=hashlib.sha256(body).hexdigest(),
                defaults={
                    "received_at": timezone.now(),
                    "event_type": sent["type"],
                    "body": body,
                    "outcome": StreamEvent.Outcome.APPLIED,
                },
            )
            if is_new:
                serializer.save(
                    stream_location_id=sent["location_id"], reference_id=sent["reference_id"]
                )
        return Response("received", status=201)
