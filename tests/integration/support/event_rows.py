"""Factories of event and attempt rows, and the admin's page of an event."""

from html import unescape
from typing import Any

from django.utils import timezone

from integration.models import DeliveryAttempt, Merchant, OutboundEvent

LIST = "/admin/integration/outboundevent/"


def an_event(of: Merchant, **fields: Any) -> OutboundEvent:
    body = '{"type": "location.catalog.updated", "object": {"location_id": "loc_downtown"}}'
    described = {"event_type": "location.catalog.updated", "ordering_key": "k", "body": body}
    return OutboundEvent.objects.create(
        merchant=of, **{"location_id": "loc_downtown"} | described | fields
    )


def an_attempt(event: OutboundEvent, number: int, **fields: Any) -> DeliveryAttempt:
    described = {"started_at": timezone.now(), "duration_ms": 12}
    return DeliveryAttempt.objects.create(event=event, number=number, **described | fields)


def page_of(client: Any, event: OutboundEvent) -> str:
    answer = client.get(f"{LIST}{event.pk}/change/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())
