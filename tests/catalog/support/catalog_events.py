"""Make edits that Stream must learn of, and deliver their events."""

import json
from datetime import timedelta

import time_machine
from django.utils import timezone

from catalog import models, tasks
from catalog.menu import availability
from integration.delivery import leases
from integration.delivery.results import Result, record
from integration.delivery.transport import Answer
from integration.models import Merchant, OutboundEvent
from tests.support.stream import Stream

OBJECT, CATALOG = "location.catalog.object.updated", "location.catalog.updated"


def rename(name: str) -> None:
    models.ItemFamily.objects.filter(provider_id="soda").update(name=name)


def waiting() -> list[tuple[str, str]]:
    return [
        (event.event_type, event.location_id)
        for event in OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    ]


def events() -> list[str]:
    return [event.state for event in OutboundEvent.objects.order_by("pk")]


def finish(held: list[OutboundEvent], answer: Answer) -> None:
    now = timezone.now()
    record([Result(event, answer, started_at=now, duration_ms=1) for event in held])


def deliver() -> None:
    """Deliver all waiting events to Stream."""
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        held = leases.claim("stream", 10)
        assert held
        finish(held, Answer(200))


def read(stream: Stream, merchant: Merchant) -> None:
    """Let Stream pull, so that no event is due."""
    tasks.look_after_catalogs()
    assert stream.catalog("loc_downtown").status_code == 200
    tasks.settle(merchant.pk)
    OutboundEvent.objects.all().delete()


def switch(location: models.Location, object_id: str, state: str) -> None:
    target = availability.find(location, object_id)
    availability.switch(location, target, is_active=state == "on")
    tasks.look_after_catalogs()


def waiting_updates() -> list[object]:
    """Return the waiting events: object and state, or the type of a catalog event."""
    events: list[object] = []
    for event in OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING).order_by("pk"):
        about = json.loads(event.body)["object"]
        update = about.get("object_update")
        events.append((about["object_id"], update["is_active"]) if update else event.event_type)
    return events
