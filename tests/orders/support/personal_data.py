"""Orders full of personal data, and a search for it in the whole database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import models

from catalog.models import Location
from integration.models import DeliveryAttempt, OutboundEvent
from integration.webhooks import outbox
from orders import tasks
from orders.lifecycle import transitions
from orders.models import Order
from orders.states import State

from . import stream_orders

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=91)
# Each of these is somewhere in what Stream and staff sent.
SECRETS = [
    "Annabel", "Leigh", "5125550199", "annabel@example.com", "Rosewood", "nut allergy", "gate code",
    "candle", "guest-77", "Dashiell", "3125550142", "KLM-998", "pass-4711", "ring twice",
    "his sister rang",
]  # fmt: skip
SENT: dict[str, Any] = {
    "source": "uber",
    "dsp_order_id": "dsp-1",
    "dsp_order_number": "A-1",
    "customers": [
        {
            "id": "guest-77", "name": "Annabel Leigh", "phone": "+1 (512) 555-0199",
            "email": "annabel@example.com",
        },
        {"name": "Leigh Senior", "phone": "+15125550199"},
    ],
    "delivery_address": {"street": "7 Rosewood Lane", "city": "Austin", "lat": 30.2, "long": -97.7},
    "special_instructions": "nut allergy",
    "fulfillment_instructions": "gate code 1234",
    "discounts": [{"id": "for-Annabel", "amount": 100}],
    "store_tip": 200,
}  # fmt: skip
DRIVER = {
    "name": "Dashiell", "phone": {"number": "+13125550142"}, "passcode": "pass-4711",
    "vehicle_info": {"license_plate": "KLM-998"}, "handoff_instructions": "ring twice",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def sent(**fields: Any) -> dict[str, Any]:
    line = stream_orders.line(
        "fam_burger", 1000, 1, special_instructions="candle on it", customer_id="guest-77"
    )
    return stream_orders.order(line, **SENT, **fields)


def everything() -> str:
    """Dump every text, JSON and binary value of every table, with table and column names."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    values = []
    for model in apps.get_models():
        for column in [field for field in model._meta.concrete_fields if isinstance(field, kinds)]:
            for value in model._default_manager.values_list(column.attname, flat=True):
                plain = (
                    bytes(value).decode("utf-8", "replace")
                    if isinstance(value, bytes | memoryview)
                    else value
                )
                values.append(f"{model.__name__}.{column.attname}: {plain!r}")
    return "\n".join(values)


def secrets_in(text: str) -> list[str]:
    digits = "".join(character for character in text if character.isdecimal() or character == "\n")
    return [
        secret for secret in SECRETS if secret in text or (secret.isdecimal() and secret in digits)
    ]


def an_attempt(event: OutboundEvent, excerpt: str) -> None:
    DeliveryAttempt.objects.create(
        event=event, number=1, started_at=NOW, duration_ms=5, status_code=200, excerpt=excerpt
    )


@pytest.fixture
def ended(stream: Any, menu: None, owner: Any, location: Location) -> Order:
    """A completed order, received over HTTP, with every kind of related row."""
    assert stream.order(**sent()).status_code == 200
    order = Order.objects.get()
    stream.event("order.updated", order_id=str(order.pk), driver_details=DRIVER)
    for event_type in ("order.created", "order.assign.driver"):
        event = outbox.emit(
            merchant_id=order.merchant_id, location_id=location.provider_id,
            event_type=event_type, ordering_key=f"order/{order.pk}",
            data={"customers": SENT["customers"], "driver": DRIVER},
        )  # fmt: skip
        event.state, event.finished_at = OutboundEvent.State.DELIVERED, NOW
        event.save()
        an_attempt(event, "Thank you, Annabel")
    transitions.move(order.pk, State.READY_FOR_PICKUP, by=owner)
    transitions.move(order.pk, State.COMPLETED, by=owner, reason="his sister rang")
    stream.event("order.canceled", provider_id=str(order.pk), cancel_reason="his sister rang")
    OutboundEvent.objects.filter(state="waiting").update(state="delivered", finished_at=NOW)
    return order


def erase_by_the_clock(at: datetime = LATER) -> None:
    with time_machine.travel(at, tick=False):
        tasks.erase_personal_data()
