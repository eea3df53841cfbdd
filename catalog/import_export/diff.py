"""The difference between a file and the database, as data: nothing is written here."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from catalog import models
from catalog.models import KnownId
from integration.models import Merchant

from .normalized import PARTS, Fields, State, Values
from .parser import BadCatalog
from .schema import Catalog, named

# In the order in which they can be written: an item needs its family.
MODELS: dict[str, Any] = {
    "tax": models.Tax,
    "modifier": models.Modifier,
    "modifier_group": models.ModifierGroup,
    "item_family": models.ItemFamily,
    "item": models.Item,
    "category": models.Category,
    "menu": models.Menu,
}


class Key(NamedTuple):
    pk: int
    is_archived: bool


@dataclass
class Written:
    """An object that is added, changed or brought back, with everything it is to be."""

    kind: str
    provider_id: str
    fields: Fields
    before: Fields | None  # What it was; None: it was not in the catalog.
    # Of what belongs to it, what changes: before and after.
    parts: dict[str, tuple[list[Values], list[Values]]] = field(default_factory=dict)

    def changes(self) -> Iterator[tuple[str, Any, Any]]:
        """Each changed field's name, what it was, and what it is to be."""
        before = self.before or {}
        for name, value in self.fields.items():
            if before.get(name) != value:
                yield name, before.get(name), value

    @property
    def is_switched_off(self) -> bool:
        was_active = self.before is not None and self.before.get("is_active", True)
        return bool(was_active) and not self.fields.get("is_active", True)


@dataclass
class Plan:
    """What an import does; `keys` are all the merchant's objects, archived ones too."""

    keys: dict[str, dict[str, Key]]
    written: list[Written] = field(default_factory=list)
    removed: list[tuple[str, str, str]] = field(default_factory=list)  # Kind, id, name.
    parts: dict[str, dict[str, list[Values]]] = field(default_factory=dict)
    stock: dict[str, int | None] = field(default_factory=dict)
    hidden_items: list[int] = field(default_factory=list)  # Keys; of families that are archived.

    @property
    def added(self) -> list[Written]:
        """New objects, and those that come back."""
        return [one for one in self.written if one.before is None]

    @property
    def changed(self) -> list[Written]:
        return [one for one in self.written if one.before is not None]

    @property
    def switched_off(self) -> list[Written]:
        return [one for one in self.written if one.is_switched_off]

    def is_empty(self) -> bool:
        return not (self.written or self.removed)

    def returning(self, kind: str) -> list[int]:
        """The keys of the objects that exist but were not in the catalog."""
        known = self.keys[kind]
        return [
            known[one.provider_id].pk
            for one in self.added
            if one.kind == kind and one.provider_id in known
        ]


def read_keys(merchant: Merchant) -> dict[str, dict[str, Key]]:
    """Every object the merchant has, by kind and provider_id."""
    return {
        kind: {
            provider_id: Key(pk, archived_at is not None)
            for provider_id, pk, archived_at in model.objects.filter(merchant=merchant).values_list(
                "provider_id", "pk", "archived_at"
            )
        }
        for kind, model in MODELS.items()
    }


def check_ids(catalog: Catalog, merchant: Merchant) -> None:
    """Raises BadCatalog when an id was ever another kind's."""
    known = dict(KnownId.objects.filter(merchant_id=merchant.pk).values_list("provider_id", "kind"))
    for kind in MODELS:
        for position, row in enumerate(getattr(catalog, kind), start=1):
            before = known.get(row.provider_id, kind)
            if before != kind:
                raise BadCatalog(
                    f"{named(kind, position, row.provider_id)}: this provider_id is or was that of"
                    f" another object ({before}); ids are never used anew, give it its own."
                )


def plan(wanted: State, present: State, keys: dict[str, dict[str, Key]]) -> Plan:
    """Everything that must be written so that the database shows what the file wants."""
    made = Plan(keys)
    _keep_positions(wanted, present)
    written = {
        (kind, provider_id): Written(
            kind, provider_id, fields, present.objects[kind].get(provider_id)
        )
        for kind in MODELS
        for provider_id, fields in wanted.objects[kind].items()
    }
    _plan_parts(made, wanted, present, written)
    _plan_stock(made, wanted, present, written)
    made.written = [
        one
        for one in written.values()
        if one.parts or one.before is None or any(True for _ in one.changes())
    ]
    for kind in MODELS:
        made.removed += [
            (kind, provider_id, fields["name"])
            for provider_id, fields in present.objects[kind].items()
            if provider_id not in wanted.objects[kind]
        ]
    if made.returning("item_family"):
        made.hidden_items = _hidden_items(wanted, present, keys["item"])
    return made


def _hidden_items(wanted: State, present: State, items: dict[str, Key]) -> list[int]:
    """Items of archived families that would come back with them, though the file has them not."""
    return [
        key.pk
        for provider_id, key in items.items()
        if not key.is_archived
        and provider_id not in present.objects["item"]
        and provider_id not in wanted.objects["item"]
    ]


def _keep_positions(wanted: State, present: State) -> None:
    """Where a family's items stand in the same order, the numbers that order them may differ."""
    items, before = wanted.objects["item"], present.objects["item"]
    ordered_before = _items_in_order(before)
    for family, members in _items_in_order(items).items():
        if ordered_before.get(family) == members:
            for one in members:
                items[one]["position"] = before[one]["position"]


def _items_in_order(items: dict[str, Fields]) -> dict[str, list[str]]:
    """Each family's items as they stand."""
    found: dict[str, list[str]] = defaultdict(list)
    for provider_id, fields in items.items():
        found[fields["family"]].append(provider_id)
    for members in found.values():
        members.sort(key=lambda one: int(items[one]["position"]))  # Stable: then by key.
    return found


def _plan_parts(
    made: Plan, wanted: State, present: State, written: dict[tuple[str, str], Written]
) -> None:
    for name, part in PARTS.items():
        rewritten: dict[str, list[Values]] = {}
        for owner, values in wanted.parts[name].items():
            before = present.parts[name].get(owner, [])
            is_hidden = owner in made.keys[part.owner] and owner not in present.objects[part.owner]
            if not is_hidden and part.same(values, before):
                continue
            rewritten[owner] = values
            written[part.owner, owner].parts[name] = (before, values)
        made.parts[name] = rewritten


def _plan_stock(
    made: Plan, wanted: State, present: State, written: dict[tuple[str, str], Written]
) -> None:
    for item in wanted.objects["item"]:
        stock, before = wanted.stock.get(item), present.stock.get(item)
        returns = item in made.keys["item"] and item not in present.objects["item"]
        if returns or stock != before:
            made.stock[item] = stock
            written["item", item].parts["stock_count"] = (_listed(before), _listed(stock))


def _listed(count: int | None) -> list[Values]:
    return [] if count is None else [(count,)]
