"""Change many prices by a percentage: plan every change first, then apply exactly that plan.

A plan is what the user was shown: rows of an index into `TABLES`, a key, the old and the new price.
Prices that somebody else has changed since are skipped and reported.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from catalog import history, models
from integration import currency as currencies
from integration import wakeups
from integration.db import bulk

OWN, SIZES, LOCATIONS, CHANNELS = "own", "sizes", "locations", "channels"
HIGHEST = 2**53
Planned = list[int]  # The index into `TABLES`, the row's key, its old and its new price.


class Table(NamedTuple):
    """A table of prices; `path` leads from its rows to the selected object."""

    kind: str  # The kind of the selected objects.
    part: str
    model: Any
    path: str
    named: tuple[str, ...]  # The paths to the parts of the row's name.

    @property
    def live_filter(self) -> dict[str, None]:
        """Return the filter that excludes rows of archived objects."""
        steps = {step.split("__")[0] for step in (self.path, *self.named)} - {"pk"}
        archivable = {"archived_at"} if hasattr(self.model, "archived_at") else set()
        return dict.fromkeys(archivable | {f"{step}__archived_at" for step in steps})


_FAMILY, _ITEM, _MODIFIER = "item_family", "item", "modifier"
TABLES = [
    Table(_FAMILY, OWN, models.ItemFamily, "pk", ()),
    Table(_FAMILY, SIZES, models.Item, "family", ()),
    Table(_FAMILY, LOCATIONS, models.FamilyAtLocation, "object", ("location",)),
    Table(_FAMILY, LOCATIONS, models.ItemAtLocation, "object__family", ("object", "location")),
    Table(_FAMILY, CHANNELS, models.FamilyDspPrice, "object", ()),
    Table(_FAMILY, CHANNELS, models.ItemDspPrice, "object__family", ("object",)),
    Table(_ITEM, OWN, models.Item, "pk", ()),
    Table(_ITEM, LOCATIONS, models.ItemAtLocation, "object", ("location",)),
    Table(_ITEM, CHANNELS, models.ItemDspPrice, "object", ()),
    Table(_MODIFIER, OWN, models.Modifier, "pk", ()),
    Table(_MODIFIER, SIZES, models.ItemModifierPrice, "modifier", ("item",)),
    Table(_MODIFIER, LOCATIONS, models.ModifierAtLocation, "object", ("location",)),
    Table(_MODIFIER, CHANNELS, models.ModifierDspPrice, "object", ()),
]


def _to_unit(price: Decimal, unit: int) -> int:
    return int(price.quantize(Decimal(1), ROUND_HALF_UP))


def _to_five_hundredths(price: Decimal, unit: int) -> int:
    step = Decimal(unit) / 20
    return int((price / step).quantize(Decimal(1), ROUND_HALF_UP) * step)


def _to_99(price: Decimal, unit: int) -> int:
    """Round to the nearest 0.99, 1.99, 2.99 …"""
    hundredth = unit // 100
    whole = ((price + hundredth) / unit).quantize(Decimal(1), ROUND_HALF_UP)
    return int(max(whole, Decimal(1))) * unit - hundredth


ROUNDINGS: dict[str, Callable[[Decimal, int], int]] = {
    "unit": _to_unit,
    "five": _to_five_hundredths,
    "99": _to_99,
}


def new_price(old: int, percent: Decimal, rounding: str, currency: str) -> int:
    """Return the changed price: never below 0, and free stays free."""
    price = Decimal(old) * (100 + percent) / 100
    if price <= 0:
        return 0
    unit = 10 ** currencies.decimals(currency)
    return min(ROUNDINGS[rounding](price, unit), HIGHEST)


def plan(
    staged: models.StagedEdit, *, percent: Decimal, rounding: str, parts: Collection[str]
) -> list[Planned]:
    """Return the changes in order of the objects' names; one query per table."""
    currency = staged.merchant.currency
    changes: list[tuple[str, int, Planned]] = []
    for table_index, table in enumerate(TABLES):
        if table.kind == staged.kind and table.part in parts:
            for key, owner, name, old in _priced(table, staged):
                new = new_price(old, percent, rounding, currency)
                if new != old:
                    changes.append((name, owner, [table_index, key, old, new]))
    return [row for _, _, row in sorted(changes)]


def _priced(table: Table, staged: models.StagedEdit) -> Iterable[tuple[int, int, str, int]]:
    name = "name" if table.path == "pk" else f"{table.path}__name"
    rows = table.model.objects.filter(
        **{f"{table.path}__in": bulk.keys_in(staged.keys)},
        **table.live_filter,
        price_amount__isnull=False,
    )
    priced: Iterable[tuple[int, int, str, int]] = rows.values_list(
        "pk", table.path, name, "price_amount"
    )
    return priced


@dataclass(frozen=True)
class Line:
    """A row of the plan, for display."""

    owner: Any
    row: str
    old: int
    new: int

    @property
    def name(self) -> str:
        return str(self.owner.told_name())


def lines(planned: Iterable[Planned]) -> list[Line]:
    """Return the display lines in plan order; one query per table."""
    rows = list(planned)
    objects: dict[tuple[int, int], Any] = {}
    for table_index in {row[0] for row in rows}:
        keys = [key for table, key, _, _ in rows if table == table_index]
        objects |= {(table_index, row.pk): row for row in _with_names(TABLES[table_index], keys)}
    return [
        Line(
            _step(objects[table_index, key], TABLES[table_index].path),
            _row_name(table_index, objects[table_index, key]),
            *prices,
        )
        for table_index, key, *prices in rows
        if (table_index, key) in objects
    ]


def _with_names(table: Table, keys: list[int]) -> Any:
    rows = table.model.objects.filter(pk__in=bulk.keys_in(keys))
    return rows.select_related(*table.model.names_from)


def _step(row: Any, path: str) -> Any:
    for step in path.split("__"):
        row = row if step == "pk" else getattr(row, step)
    return row


def _row_name(table_index: int, row: Any) -> str:
    table = TABLES[table_index]
    words = [str(row)] if isinstance(row, models.Item) and table.path != "pk" else []
    words += [str(_step(row, step)) for step in table.named]
    if table.part == CHANNELS:
        words.append(row.dsp)
    return ", ".join(words)


@dataclass(frozen=True)
class Outcome:
    changed: int
    skipped: list[Planned]


@transaction.atomic
def apply(staged: models.StagedEdit) -> Outcome:
    """Change the prices that still are what this version of the plan says.

    Raise StagedEdit.DoesNotExist if the plan was applied or replaced meanwhile.
    """
    locked = models.StagedEdit.objects.select_for_update()
    staged = locked.get(pk=staged.pk, version=staged.version)
    planned = sorted(staged.plan or [])
    skipped: list[Planned] = []
    for table_index, group in groupby(planned, key=lambda row: row[0]):
        skipped += _apply_to(TABLES[table_index], list(group))
    staged.delete()
    wakeups.on_commit("catalog.tasks.refresh", staged.merchant_id)
    return Outcome(len(planned) - len(skipped), skipped)


def _apply_to(table: Table, planned: list[Planned]) -> list[Planned]:
    """Apply the changes of one table; return those that were skipped."""
    exchanges = [row[1:] for row in planned]
    changed = bulk.exchange(table.model, "price_amount", exchanges, timezone.now())
    old = {key: price for key, price, _ in exchanges}
    rows = _with_names(table, [key for key in old if key in changed])
    history.record_replacement([(row, old[row.pk]) for row in rows], "price_amount")
    return [row for row in planned if row[1] not in changed]
