"""Edits that Stream is told of, the events that say so, and how they leave."""

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
        (one.event_type, one.location_id)
        for one in OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    ]


def events() -> list[str]:
    return [one.state for one in OutboundEvent.objects.order_by("pk")]


def finish(held: list[OutboundEvent], answer: Answer) -> None:
    now = timezone.now()
    record([Result(one, answer, started_at=now, duration_ms=1) for one in held])


def deliver() -> None:
    """Whatever waits leaves, and Stream takes it."""
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        held = leases.claim("stream", 10)
        assert held
        finish(held, Answer(200))


def read(stream: Stream, merchant: Merchant) -> None:
    """Stream pulls; nothing is owed."""
    tasks.look_after_catalogs()
    assert stream.catalog("loc_downtown").status_code == 200
    tasks.settle(merchant.pk)
    OutboundEvent.objects.all().delete()


def switch(location: models.Location, object_id: str, state: str) -> None:
    target = availability.find(location, object_id)
    availability.switch(location, target, is_active=state == "on")
    tasks.look_after_catalogs()


def told() -> list[object]:
    """What waits, as object and state; a catalog event as its type."""
    said: list[object] = []
    for one in OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING).order_by("pk"):
        about = json.loads(one.body)["object"]
        update = about.get("object_update")
        said.append((about["object_id"], update["is_active"]) if update else one.event_type)
    return said
