"""Pausing, resuming and archiving a location, with the events to Stream (contract WH)."""

from datetime import datetime

from django.db import transaction

from catalog.models import Location
from integration import actor
from integration.clocks import heartbeat
from integration.db import database_time
from integration.webhooks import outbox

from . import connection

STATUS_UPDATED = "location.status.updated"


@transaction.atomic
def pause(location: Location, *, until: datetime | None = None) -> None:
    """Stop taking orders until a time, or until somebody resumes, and report it to Stream."""
    location = Location.objects.select_for_update().get(pk=location.pk)
    if location.is_paused() and location.paused_until == until:
        return
    location.paused_at = database_time.now()
    location.paused_until = until
    location.save(update_fields=["paused_at", "paused_until"])
    _emit_status(location)


@transaction.atomic
def resume(location: Location) -> None:
    """Take orders again, and report it to Stream if the location was paused."""
    location = Location.objects.select_for_update().get(pk=location.pk)
    if location.paused_at is None:
        return
    location.paused_at = location.paused_until = None
    location.save(update_fields=["paused_at", "paused_until"])
    _emit_status(location)


def resume_due() -> None:
    """Resume locations whose pause is over; runs every second.

    Orders are taken from the end of the pause on, whenever this runs.
    """
    due = Location.objects.filter(paused_at__isnull=False, paused_until__lte=database_time.now())
    for location in due:
        heartbeat.step()
        _resume_if_over(location.pk)


@transaction.atomic
def _resume_if_over(location_id: int) -> None:
    location = Location.objects.select_for_update().get(pk=location_id)
    if location.paused_at is not None and not location.is_paused():
        with actor.change_reason(actor.BY_THE_CLOCK):
            resume(location)


@transaction.atomic
def archive(location: Location) -> None:
    """Close a location for good: report it inactive to Stream, which then no longer sees it."""
    location = Location.objects.select_for_update().get(pk=location.pk)
    if location.archived_at is None:
        location.paused_at = location.paused_until = None  # It never resumes automatically.
        _emit_status(location, is_active=False)
        location.archived_at = database_time.now()
        location.save(update_fields=["archived_at", "paused_at", "paused_until"])


def _emit_status(location: Location, *, is_active: bool | None = None) -> None:
    if not connection.is_connected(location):
        return
    active = not location.is_paused() if is_active is None else is_active
    data: dict[str, object] = {"status": "active" if active else "inactive"}
    if not active and location.paused_until is not None:
        data["paused_until"] = int(location.paused_until.timestamp() * 1000)
    outbox.emit(
        merchant_id=location.merchant_id,
        location_id=location.provider_id,
        event_type=STATUS_UPDATED,
        ordering_key=f"{location.provider_id}/status",
        data=data,
        replaces_waiting=True,
    )
