"""A family's overrides at a location: made, read, and changed by an order."""

from typing import Any

from django.db.models import F

from catalog import models


def at(family: Any, location: Any, **values: Any) -> models.FamilyAtLocation:
    return models.FamilyAtLocation.objects.create(object=family, location=location, **values)


def values(override: Any) -> tuple[Any, ...]:
    override.refresh_from_db()
    until = override.inactive_until
    return override.is_active, until, override.price_amount, override.stock_count


def order_takes(override: Any, count: int) -> None:
    rows = type(override).objects.filter(pk=override.pk)
    rows.update(stock_count=F("stock_count") - count)
