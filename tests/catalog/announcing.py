"""Edits that Stream is told of, the events that say so, and how they leave."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from catalog import models
from integration import claims
from integration.models import OutboundEvent
from integration.recording import Result, record
from integration.transport import Answer


def rename(name: str) -> None:
    models.ItemFamily.objects.filter(provider_id="soda").update(name=name)


def waiting() -> list[tuple[str, str]]:
    return [
        (one.event_type, one.location_id)
        for one in OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING)
    ]


def events() -> list[str]:
    return [one.state for one in OutboundEvent.objects.order_by("pk")]


def deliver() -> None:
    """The waiting event leaves, and Stream takes it."""
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        [held] = claims.claim("stream", 10)
        record([Result(held, Answer(200), started_at=timezone.now(), duration_ms=1)])
