"""Write a plan with a few statements for each kind of row, however many rows there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.utils import timezone

from catalog.images import storage as image_storage
from catalog.models import Item, ItemAtLocation, ItemFamily, Location, Tax
from integration.models import Merchant

from .diff import MODELS, Key, Plan, PlannedObject
from .parts import PARTS, Part, Values

_BATCH_SIZE = 1000
T = TypeVar("T")
# Fields that refer to another object.
_REFERENCES = {
    "family": "item_family",
    "default_item": "item",
}

# Called with the number of rows written and the total.
Progress = Callable[[int, int], None]


class PlanWriter:
    """Apply one import's plan in the caller's transaction."""

    def __init__(self, merchant: Merchant, plan: Plan, progress: Progress) -> None:
        self.merchant = merchant
        self.plan = plan
        self.now: datetime = timezone.now()
        self._progress = progress
        self._done = 0
        self._total = len(plan.written) + sum(
            len(values) for owners in plan.parts.values() for values in owners.values()
        )

    def apply(self) -> None:
        self._detach_restored()
        self._archive()
        self._clear_default_tax()
        for kind in MODELS:
            self._write([planned for planned in self.plan.written if planned.kind == kind])
        self._write_default_items()
        for name, part in PARTS.items():
            self._write_part(part, self.plan.parts[name])
        image_storage.link(self.merchant)
        self._write_stock()

    def _detach_restored(self) -> None:
        """Delete old links to restored objects, which would be restored with them."""
        for part in PARTS.values():
            keys = self.plan.returning(part.target) if part.target else []
            for batch in _batches(keys):
                part.model.objects.filter(**{f"{part.columns[0]}__in": batch}).delete()
        for batch in _batches(self.plan.returning("item")):
            ItemFamily.objects.filter(default_item__in=batch).update(default_item=None)
        self._archive_rows(Item, self.plan.hidden_items)

    def _archive(self) -> None:
        for kind, model in MODELS.items():
            keys = [
                self._key(kind, provider_id)
                for removed_kind, provider_id, _ in self.plan.removed
                if removed_kind == kind
            ]
            self._archive_rows(model, keys)

    def _archive_rows(self, model: Any, keys: list[int]) -> None:
        for batch in _batches(keys):
            model.objects.filter(pk__in=batch).update(archived_at=self.now, updated_at=self.now)

    def _clear_default_tax(self) -> None:
        """Unset the old default tax first: the database allows only one at a time."""
        taxes = [planned for planned in self.plan.written if planned.kind == "tax"]
        if taxes:
            defaults = [tax.provider_id for tax in taxes if tax.fields["is_default"]]
            before = Tax.objects.filter(merchant=self.merchant, is_default=True, archived_at=None)
            if defaults:
                before.exclude(provider_id__in=defaults).update(is_default=False)

    def _write(self, objects: list[PlannedObject]) -> None:
        """Add, change and restore objects with one upsert per batch."""
        for batch in _batches(objects):
            rows = [self._row(planned) for planned in batch]
            self._upsert(batch[0].kind, rows, set(batch[0].fields) - {"default_item"})
            known = self.plan.keys[batch[0].kind]
            for row in rows:
                known[row.provider_id] = Key(row.pk, is_archived=False)
            self._advance(len(batch))

    def _row(self, planned: PlannedObject) -> Any:
        fields = dict(planned.fields)
        for name, kind in _REFERENCES.items():
            if name in fields:
                target = self.plan.keys[kind].get(fields.pop(name))
                fields[f"{name}_id"] = target.pk if target else None
        model = MODELS[planned.kind]
        return model(merchant=self.merchant, provider_id=planned.provider_id, **fields)

    def _upsert(self, kind: str, rows: list[Any], fields: Iterable[str]) -> None:
        MODELS[kind].objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["merchant", "provider_id"],
            update_fields=[*fields, "archived_at", "updated_at"],
        )

    def _write_default_items(self) -> None:
        """Set default items once the items exist."""
        families = [
            planned
            for planned in self.plan.written
            if planned.kind == "item_family"
            and planned.fields["default_item"] != (planned.before or {}).get("default_item")
        ]
        for batch in _batches(families):
            rows = [self._row(planned) for planned in batch]
            self._upsert("item_family", rows, ["default_item"])

    def _write_part(self, part: Part, owners: dict[str, list[Values]]) -> None:
        for batch in _batches(list(owners)):
            keys = [self._key(part.owner, owner) for owner in batch]
            part.model.objects.filter(**{f"{part.owner_column}__in": keys}).delete()
        rows = (
            self._part_row(part, owner, position, values)
            for owner, listed in owners.items()
            for position, values in enumerate(listed)
        )
        for batch_rows in _iter_batches(rows):
            part.model.objects.bulk_create(batch_rows)
            self._advance(len(batch_rows))

    def _part_row(self, part: Part, owner: str, position: int, values: Values) -> Any:
        fields: dict[str, Any] = dict(zip(part.columns, values, strict=True))
        if part.target:
            fields[f"{part.columns[0]}_id"] = self._key(part.target, fields.pop(part.columns[0]))
        if part.is_ordered:
            fields["position"] = position
        fields[f"{part.owner_column}_id"] = self._key(part.owner, owner)
        return part.model(**fields)

    def _write_stock(self) -> None:
        locations = list(Location.objects.filter(merchant=self.merchant, archived_at=None))
        rows = [
            ItemAtLocation(object_id=self._key("item", item), location=location, stock_count=stock)
            for item, stock in self.plan.stock.items()
            for location in locations
            if stock is not None
        ]
        for batch in _batches(rows):
            ItemAtLocation.objects.bulk_create(
                batch,
                update_conflicts=True,
                unique_fields=["object", "location"],
                update_fields=["stock_count"],
            )
        uncounted = [
            self._key("item", item) for item, stock in self.plan.stock.items() if stock is None
        ]
        for keys in _batches(uncounted):
            offers = ItemAtLocation.objects.filter(object__in=keys, location__in=locations)
            offers.update(stock_count=None)

    def _key(self, kind: str, provider_id: str) -> int:
        return self.plan.keys[kind][provider_id].pk

    def _advance(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _BATCH_SIZE):
        yield rows[start : start + _BATCH_SIZE]


def _iter_batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(rows, _BATCH_SIZE)):
        yield batch
