"""Writes a plan: a few statements for each kind of row, however many rows there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.utils import timezone

from catalog.images import storage as image_storage
from catalog.models import Item, ItemAtLocation, ItemFamily, Location, Tax
from integration.models import Merchant

from .diff import MODELS, Key, Plan, Written
from .normalized import PARTS, Part, Values

_AT_ONCE = 1000
T = TypeVar("T")
_REFERENCES = {"family": "item_family", "default_item": "item"}  # Fields that name another object.

# Told how many rows are written, and of how many.
Progress = Callable[[int, int], None]


class Applier:
    """One import; runs in the caller's transaction."""

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
        self._free_what_returns()
        self._archive()
        self._clear_default_tax()
        for kind in MODELS:
            self._write([one for one in self.plan.written if one.kind == kind])
        self._write_default_items()
        for name, part in PARTS.items():
            self._write_part(part, self.plan.parts[name])
        image_storage.link(self.merchant)
        self._write_stock()

    def _free_what_returns(self) -> None:
        """Old links to an object that comes back would come back with it."""
        for part in PARTS.values():
            keys = self.plan.returning(part.target) if part.target else []
            for some in _chunks(keys):
                part.model.objects.filter(**{f"{part.columns[0]}__in": some}).delete()
        for some in _chunks(self.plan.returning("item")):
            ItemFamily.objects.filter(default_item__in=some).update(default_item=None)
        self._archive_rows(Item, self.plan.hidden_items)

    def _archive(self) -> None:
        for kind, model in MODELS.items():
            keys = [self._key(kind, one) for gone, one, _ in self.plan.removed if gone == kind]
            self._archive_rows(model, keys)

    def _archive_rows(self, model: Any, keys: list[int]) -> None:
        for some in _chunks(keys):
            model.objects.filter(pk__in=some).update(archived_at=self.now, updated_at=self.now)

    def _clear_default_tax(self) -> None:
        """The database knows one default at any time, so the old one goes first."""
        taxes = [one for one in self.plan.written if one.kind == "tax"]
        if taxes:
            kept = [one.provider_id for one in taxes if one.fields["is_default"]]
            before = Tax.objects.filter(merchant=self.merchant, is_default=True, archived_at=None)
            if kept:
                before.exclude(provider_id__in=kept).update(is_default=False)

    def _write(self, objects: list[Written]) -> None:
        """Adds and changes in one go; an object that was archived is not any more."""
        for some in _chunks(objects):
            rows = [self._row(one) for one in some]
            self._upsert(some[0].kind, rows, set(some[0].fields) - {"default_item"})
            known = self.plan.keys[some[0].kind]
            for row in rows:
                known[row.provider_id] = Key(row.pk, is_archived=False)
            self._advance(len(some))

    def _row(self, one: Written) -> Any:
        fields = dict(one.fields)
        for name, kind in _REFERENCES.items():
            if name in fields:
                named = fields.pop(name)
                known = self.plan.keys[kind].get(named)
                fields[f"{name}_id"] = known.pk if known else None
        return MODELS[one.kind](merchant=self.merchant, provider_id=one.provider_id, **fields)

    def _upsert(self, kind: str, rows: list[Any], fields: Iterable[str]) -> None:
        MODELS[kind].objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["merchant", "provider_id"],
            update_fields=[*fields, "archived_at", "updated_at"],
        )

    def _write_default_items(self) -> None:
        """After the items, which a new family's default is one of."""
        families = [
            one
            for one in self.plan.written
            if one.kind == "item_family"
            and one.fields["default_item"] != (one.before or {}).get("default_item")
        ]
        for some in _chunks(families):
            self._upsert("item_family", [self._row(one) for one in some], ["default_item"])

    def _write_part(self, part: Part, owners: dict[str, list[Values]]) -> None:
        for some in _chunks(list(owners)):
            keys = [self._key(part.owner, owner) for owner in some]
            part.model.objects.filter(**{f"{part.owner_column}__in": keys}).delete()
        rows = (
            self._part_row(part, owner, position, values)
            for owner, listed in owners.items()
            for position, values in enumerate(listed)
        )
        for made in _chunks_of(rows):
            part.model.objects.bulk_create(made)
            self._advance(len(made))

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
            ItemAtLocation(object_id=self._key("item", item), location=place, stock_count=stock)
            for item, stock in self.plan.stock.items()
            for place in locations
            if stock is not None
        ]
        for some in _chunks(rows):
            ItemAtLocation.objects.bulk_create(
                some,
                update_conflicts=True,
                unique_fields=["object", "location"],
                update_fields=["stock_count"],
            )
        uncounted = [self._key("item", one) for one, to in self.plan.stock.items() if to is None]
        for keys in _chunks(uncounted):
            here = ItemAtLocation.objects.filter(object__in=keys, location__in=locations)
            here.update(stock_count=None)

    def _key(self, kind: str, provider_id: str) -> int:
        return self.plan.keys[kind][provider_id].pk

    def _advance(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _chunks_of(rows: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(rows, _AT_ONCE)):
        yield some
