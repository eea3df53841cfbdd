"""Switch objects at a location: on, off, or off until a time (contract CAT)."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from catalog import history, models
from catalog.models import Location
from integration import actor, wakeups
from integration.clocks import heartbeat
from integration.db import batches, bulk, database_time

# Each object model with the model of its state at a location.
SWITCHABLE: dict[Any, Any] = {
    models.ItemFamily: models.FamilyAtLocation,
    models.Item: models.ItemAtLocation,
    models.Modifier: models.ModifierAtLocation,
    models.ModifierGroup: models.GroupAtLocation,
}


class UnknownObject(Exception):
    """The merchant has no switchable object with this ID."""


def find(location: Location, provider_id: str) -> Any:
    """Return the object with that ID of the location's merchant; raise UnknownObject."""
    for model in SWITCHABLE:
        target = model.objects.filter(
            merchant_id=location.merchant_id, provider_id=provider_id, archived_at=None
        ).first()
        if target is not None:
            return target
    raise UnknownObject(provider_id)


@transaction.atomic
def switch(
    location: Location, target: Any, *, is_active: bool, until: datetime | None = None
) -> None:
    """Switch the object on or off at the location; at `until` it comes back on automatically."""
    SWITCHABLE[type(target)].objects.update_or_create(
        location=location,
        object=target,
        defaults={"is_active": is_active, "inactive_until": None if is_active else until},
    )
    wakeups.on_commit("catalog.tasks.refresh", location.merchant_id)


@transaction.atomic
def set_stock_count(location: Location, target: Any, stock_count: int) -> None:
    """Set the stock count of an object that was sold out; modifier groups have no stock."""
    SWITCHABLE[type(target)].objects.update_or_create(
        location=location, object=target, defaults={"stock_count": stock_count}
    )
    wakeups.on_commit("catalog.tasks.refresh", location.merchant_id)


def switch_off_for_the_day(location: Location, target: Any) -> datetime:
    """Switch the object off until the location's next business day (see catalog.hours.opening).

    Return that time in UTC.
    """
    until = location.end_of_day().astimezone(UTC)
    switch(location, target, is_active=False, until=until)
    return until


def unavailable_rows(model: Any) -> "QuerySet[Any]":
    """Return the rows of an at-location model that are now switched off or sold out."""
    rows: QuerySet[Any] = model.objects.all()
    switched = Q(is_active=False) & (
        Q(inactive_until=None) | Q(inactive_until__gt=database_time.now())
    )
    has_stock = any(field.name == "stock_count" for field in model._meta.fields)
    return rows.filter(switched | Q(stock_count=0) if has_stock else switched)


def switch_back_on() -> None:
    """Switch on every object whose time off has ended; run every second."""
    now = database_time.now()
    for model in SWITCHABLE.values():
        due = model.objects.filter(inactive_until__lte=now, is_active=False)
        for batch in batches.each(due, step=heartbeat.step):
            _switch_back_on(batch.select_related(*model.names_from))


@transaction.atomic
def _switch_back_on(due: QuerySet[Any]) -> None:
    rows = list(due.select_for_update(of=("self",)))
    on = {"is_active": True, "inactive_until": None}
    due.filter(pk__in=bulk.keys_in([row.pk for row in rows])).update(**on)
    with actor.change_reason(actor.BY_THE_CLOCK):
        history.record_update(rows, **on)
