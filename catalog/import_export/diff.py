"""The difference between a file and the database, as a plan; nothing is written here."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from catalog import models
from catalog.import_errors.problems import Place, Problems
from catalog.models import KnownId
from integration.models import Merchant

from .normalized import Fields, State
from .parts import PARTS, Values
from .schema import Catalog

# In the order in which they must be written: an item needs its family.
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
class PlannedObject:
    """An object that is added, changed or restored, with all of its new values."""

    kind: str
    provider_id: str
    fields: Fields
    before: Fields | None  # None: it was not in the catalog.
    # The lists that belong to it and change, before and after.
    parts: dict[str, tuple[list[Values], list[Values]]] = field(default_factory=dict)

    def changes(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield each changed field's name, old value and new value."""
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
    """The effect of an import; `keys` holds all the merchant's objects, including archived ones."""

    keys: dict[str, dict[str, Key]]
    written: list[PlannedObject] = field(default_factory=list)
    removed: list[tuple[str, str, str]] = field(default_factory=list)  # Kind, id, name.
    # What stays and named a removed object: kind and id of both.
    named_by: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    parts: dict[str, dict[str, list[Values]]] = field(default_factory=dict)
    stock: dict[str, int | None] = field(default_factory=dict)
    hidden_items: list[int] = field(default_factory=list)  # Keys of items in archived families.

    @property
    def added(self) -> list[PlannedObject]:
        """New and restored objects."""
        return [planned for planned in self.written if planned.before is None]

    @property
    def changed(self) -> list[PlannedObject]:
        return [planned for planned in self.written if planned.before is not None]

    @property
    def switched_off(self) -> list[PlannedObject]:
        return [planned for planned in self.written if planned.is_switched_off]

    def is_empty(self) -> bool:
        return not (self.written or self.removed)

    def returning(self, kind: str) -> list[int]:
        """Return the keys of objects that exist but were not in the catalog."""
        known = self.keys[kind]
        return [
            known[planned.provider_id].pk
            for planned in self.added
            if planned.kind == kind and planned.provider_id in known
        ]


def read_keys(merchant: Merchant) -> dict[str, dict[str, Key]]:
    """Return the keys of all the merchant's objects, by kind and provider_id."""
    return {
        kind: {
            provider_id: Key(pk, archived_at is not None)
            for provider_id, pk, archived_at in model.objects.filter(merchant=merchant).values_list(
                "provider_id", "pk", "archived_at"
            )
        }
        for kind, model in MODELS.items()
    }


def check_ids(catalog: Catalog, merchant: Merchant, problems: Problems) -> None:
    """Note every id that ever belonged to another kind of object."""
    known = dict(KnownId.objects.filter(merchant_id=merchant.pk).values_list("provider_id", "kind"))
    for kind in MODELS:
        for position, row in enumerate(getattr(catalog, kind), start=1):
            before = known.get(row.provider_id, kind)
            if before != kind:
                problems.refuse(
                    Place(kind, position, row.provider_id),
                    "provider_id",
                    f"this provider_id belongs or belonged to another object ({before}); IDs are"
                    " never reused, so give it a new one.",
                    value=row.provider_id,
                )


def plan(desired: State, current: State, keys: dict[str, dict[str, Key]]) -> Plan:
    """Return everything to write so that the database matches the file."""
    result = Plan(keys)
    _keep_positions(desired, current)
    written = {
        (kind, provider_id): PlannedObject(
            kind, provider_id, fields, current.objects[kind].get(provider_id)
        )
        for kind in MODELS
        for provider_id, fields in desired.objects[kind].items()
    }
    _plan_parts(result, desired, current, written)
    _plan_stock(result, desired, current, written)
    result.written = [
        planned
        for planned in written.values()
        if planned.parts or planned.before is None or any(True for _ in planned.changes())
    ]
    for kind in MODELS:
        result.removed += [
            (kind, provider_id, fields["name"])
            for provider_id, fields in current.objects[kind].items()
            if provider_id not in desired.objects[kind]
        ]
    result.named_by = _named_by(result, desired, current)
    if result.returning("item_family"):
        result.hidden_items = _hidden_items(desired, current, keys["item"])
    return result


def _named_by(
    result: Plan, desired: State, current: State
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    removed = {(kind, provider_id) for kind, provider_id, _ in result.removed}
    naming: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for name, part in PARTS.items() if removed else ():
        for owner, values in current.parts[name].items():
            if part.target and owner in desired.objects[part.owner]:
                for target in values:
                    if (part.target, target[0]) in removed:
                        naming[part.target, target[0]].append((part.owner, owner))
    return dict(naming)


def _hidden_items(desired: State, current: State, items: dict[str, Key]) -> list[int]:
    """Return items of archived families that would be restored although the file lacks them."""
    return [
        key.pk
        for provider_id, key in items.items()
        if not key.is_archived
        and provider_id not in current.objects["item"]
        and provider_id not in desired.objects["item"]
    ]


def _keep_positions(desired: State, current: State) -> None:
    """Keep the stored positions of families whose items are in the same order as before."""
    items, before = desired.objects["item"], current.objects["item"]
    ordered_before = _items_in_order(before)
    for family, members in _items_in_order(items).items():
        if ordered_before.get(family) == members:
            for item in members:
                items[item]["position"] = before[item]["position"]


def _items_in_order(items: dict[str, Fields]) -> dict[str, list[str]]:
    """Return each family's items, sorted by position."""
    by_family: dict[str, list[str]] = defaultdict(list)
    for provider_id, fields in items.items():
        by_family[fields["family"]].append(provider_id)
    for members in by_family.values():
        members.sort(key=lambda item: int(items[item]["position"]))  # Stable: then by key.
    return by_family


def _plan_parts(
    result: Plan, desired: State, current: State, written: dict[tuple[str, str], PlannedObject]
) -> None:
    for name, part in PARTS.items():
        rewritten: dict[str, list[Values]] = {}
        for owner, values in desired.parts[name].items():
            before = current.parts[name].get(owner, [])
            is_hidden = (
                owner in result.keys[part.owner] and owner not in current.objects[part.owner]
            )
            if not is_hidden and part.same(values, before):
                continue
            rewritten[owner] = values
            written[part.owner, owner].parts[name] = (before, values)
        result.parts[name] = rewritten


def _plan_stock(
    result: Plan, desired: State, current: State, written: dict[tuple[str, str], PlannedObject]
) -> None:
    for item in desired.objects["item"]:
        stock, before = desired.stock.get(item), current.stock.get(item)
        returns = item in result.keys["item"] and item not in current.objects["item"]
        if returns or stock != before:
            result.stock[item] = stock
            written["item", item].parts["stock_count"] = (_as_list(before), _as_list(stock))


def _as_list(count: int | None) -> list[Values]:
    return [] if count is None else [(count,)]
