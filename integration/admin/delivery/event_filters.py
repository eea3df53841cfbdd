"""Filters of the outbound event list."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from integration.models import DeliveryAttempt, Endpoint, OutboundEvent


class FailingFilter(admin.SimpleListFilter):
    """Filter events that were attempted without success and are still waiting."""

    title = "failing"
    parameter_name = "failing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Failing: attempted, still waiting")]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[OutboundEvent]"
    ) -> "QuerySet[OutboundEvent]":
        if self.value() != "yes":
            return queryset
        attempts = DeliveryAttempt.objects.filter(event=OuterRef("pk"))
        return queryset.filter(Exists(attempts), state=OutboundEvent.State.WAITING)


class ReceiverFilter(admin.SimpleListFilter):
    title = "receiver"
    parameter_name = "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (name, name) for name in Endpoint.objects.order_by("pk").values_list("pk", flat=True)
        ]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[OutboundEvent]"
    ) -> "QuerySet[OutboundEvent]":
        chosen = self.value()
        return queryset if chosen is None else queryset.filter(endpoint=chosen)
