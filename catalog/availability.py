"""One switch for an object at a location: off, off until a time, on (contract CAT)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from integration import wake

from . import models
from .models import Location

# The model of an object, and that of its state at a location.
SWITCHABLE: dict[Any, Any] = {
    models.ItemFamily: models.FamilyAtLocation,
    models.Item: models.ItemAtLocation,
    models.Modifier: models.ModifierAtLocation,
    models.ModifierGroup: models.GroupAtLocation,
}


class UnknownObject(Exception):
    """The merchant has no such object that can be switched."""


def find(location: Location, provider_id: str) -> Any:
    """The object of the location's merchant with that id. Raises UnknownObject."""
    for model in SWITCHABLE:
        found = model.objects.filter(
            merchant_id=location.merchant_id, provider_id=provider_id, archived_at=None
        ).first()
        if found is not None:
            return found
    raise UnknownObject(provider_id)


@transaction.atomic
def switch(
    location: Location, target: Any, *, is_active: bool, until: datetime | None = None
) -> None:
    """Switches the object on or off there; `until` switches it back on by itself."""
    SWITCHABLE[type(target)].objects.update_or_create(
        location=location,
        object=target,
        defaults={"is_active": is_active, "inactive_until": None if is_active else until},
    )
    wake.on_commit("catalog.tasks.refresh", location.merchant_id)


def switch_back_on() -> None:
    """Switches on what was off until now; run every second."""
    now = timezone.now()
    for model in SWITCHABLE.values():
        model.objects.filter(inactive_until__lte=now, is_active=False).update(
            is_active=True, inactive_until=None
        )
