"""The peer: order intake in the usual style of Django REST framework.

Nested ModelSerializers whose `create` inserts the order, its lines and their modifiers one by one
in a transaction, behind django-oauth-toolkit's own token check; no business rules, history,
archive or outbox. It writes the same rows to the same tables as ours, so indexes cost both the
same. Further costs are left out in its favor: it does not check for an existing order, and does
not render its answer from the nested rows, which would have to be read again.
"""

from typing import Any

from django.db import transaction
from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Location
from orders.models import Order, OrderLine
from orders.states import State

from .nested_serializers import ToolkitAuthentication

NAME = "nested ModelSerializers, an INSERT per line, OAuth toolkit's token check, no rules"
_LINE_FIELDS = ["provider_id", "name", "quantity", "price_amount"]


class NestedModifierSerializer(serializers.ModelSerializer[OrderLine]):
    class Meta:
        model = OrderLine
        fields = _LINE_FIELDS


class ModifierSerializer(serializers.ModelSerializer[OrderLine]):
    modifiers = NestedModifierSerializer(many=True, required=False)

    class Meta:
        model = OrderLine
        fields = [*_LINE_FIELDS, "modifiers"]


class LineSerializer(serializers.ModelSerializer[OrderLine]):
    modifiers = ModifierSerializer(many=True, required=False)

    class Meta:
        model = OrderLine
        fields = [*_LINE_FIELDS, "special_instructions", "modifiers"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    idempotency_key = serializers.CharField(source="identity", max_length=64)
    location_id: "serializers.SlugRelatedField[Location]" = serializers.SlugRelatedField(
        "provider_id", source="location", queryset=Location.objects.all()
    )
    line_items = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = [
            *("idempotency_key", "location_id", "source", "dsp_order_id", "dsp_order_number"),
            *("fulfillment_type", "subtotal", "tax", "line_items"),
        ]
        validators: list[Any] = []

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Order:
        lines = validated_data.pop("line_items")
        location = validated_data["location"]
        order = Order.objects.create(
            state=State.IN_PROGRESS,
            currency=location.merchant.currency,
            prep_time_minutes=location.prep_time_minutes,
            total=validated_data["subtotal"] + validated_data["tax"],
            **validated_data,
        )
        self._create_lines(order, None, lines)
        return order

    def _create_lines(
        self, order: Order, parent: OrderLine | None, lines: list[dict[str, Any]]
    ) -> None:
        for position, fields in enumerate(lines):
            modifiers = fields.pop("modifiers", [])
            line = OrderLine.objects.create(
                order=order, parent=parent, position=position, kind="item_family", **fields
            )
            self._create_lines(order, line, modifiers)


class NestedOrdersView(APIView):
    authentication_classes = [ToolkitAuthentication]
    permission_classes = [TokenHasScope]
    required_scopes = ["orders:write"]
    parser_classes = [JSONParser]

    def post(self, request: Request) -> Response:
        body: Any = request.data
        serializer = OrderSerializer(data=body["object"])
        serializer.is_valid(raise_exception=True)
        order = serializer.save(merchant=request.auth.merchant)  # type: ignore[union-attr]  # An access token of ours.
        answer = {"provider_id": str(order.pk), "prep_time_minutes": order.prep_time_minutes}
        return Response({"order": answer})
