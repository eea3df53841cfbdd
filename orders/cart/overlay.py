"""What a location says of the menu's objects: switched on or off, until when, how many are left."""

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, F, IntegerField, QuerySet, Value

from catalog import models
from integration.db.compiled import CompiledQuery, ListParameter, Parameter


def is_on(is_on_here: bool | None, until: datetime | None, now: datetime) -> bool:
    """Return False only for a row that is off, without an end or before it."""
    return is_on_here is not False or (until is not None and until <= now)


def _rows() -> "QuerySet[Any, Any]":
    """Select kind, key, is_active, inactive_until, price and stock of the rows of some objects."""
    rows: QuerySet[Any, Any] = _of("item", models.ItemAtLocation, "items").union(
        _of("item_family", models.FamilyAtLocation, "families"),
        _of("modifier", models.ModifierAtLocation, "modifiers"),
        _of("modifier_group", models.GroupAtLocation, "groups"),
        all=True,
    )
    return rows


def _of(kind: str, model: Any, keys: str) -> "QuerySet[Any, Any]":
    has_offer = model is not models.GroupAtLocation
    rows = model.objects.filter(
        location=Parameter("location", BigIntegerField()),
        object__among=ListParameter(keys, BigIntegerField()),
    )
    columns: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(
            kind=Value(kind, output_field=CharField()),
            price=F("price_amount") if has_offer else Value(None, BigIntegerField()),
            left=F("stock_count") if has_offer else Value(None, IntegerField()),
        )
        .values_list("kind", "object_id", "is_active", "inactive_until", "price", "left")
    )
    return columns


# Parameters: `location`, and the keys of `items`, `families`, `modifiers` and `groups`.
ROWS = CompiledQuery(_rows)
