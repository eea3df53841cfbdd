"""Changes many prices by a percentage: first a plan of each change, then the plan, unchanged.

A plan is what the person was shown: rows of a place in `TABLES`, a key, the old and the new price.
What somebody else has changed since is left alone and reported.
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
Planned = list[int]  # The place in `TABLES`, the row's key, its old and its new price.


class Table(NamedTuple):
    """Where prices stand: in rows whose object is reached by `path` from there."""

    kind: str  # Of the objects that were chosen.
    part: str
    model: Any
    path: str
    named: tuple[str, ...]  # What the row's name is made of, by steps from it.

    @property
    def living(self) -> dict[str, None]:
        """Keeps out rows of what is archived."""
        steps = {step.split("__")[0] for step in (self.path, *self.named)} - {"pk"}
        own = {"archived_at"} if hasattr(self.model, "archived_at") else set()
        return dict.fromkeys(own | {f"{step}__archived_at" for step in steps})


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
    """The nearest 0.99, 1.99, 2.99 …"""
    hundredth = unit // 100
    whole = ((price + hundredth) / unit).quantize(Decimal(1), ROUND_HALF_UP)
    return int(max(whole, Decimal(1))) * unit - hundredth


ROUNDINGS: dict[str, Callable[[Decimal, int], int]] = {
    "unit": _to_unit,
    "five": _to_five_hundredths,
    "99": _to_99,
}


def new_price(old: int, percent: Decimal, rounding: str, currency: str) -> int:
    """Never below 0; what is free stays free."""
    price = Decimal(old) * (100 + percent) / 100
    if price <= 0:
        return 0
    unit = 10 ** currencies.decimals(currency)
    return min(ROUNDINGS[rounding](price, unit), HIGHEST)


def plan(
    staged: models.StagedEdit, *, percent: Decimal, rounding: str, parts: Collection[str]
) -> list[Planned]:
    """What would change, by the objects' names; the number of queries is that of the tables."""
    currency = staged.merchant.currency
    found: list[tuple[str, int, Planned]] = []
    for place, table in enumerate(TABLES):
        if table.kind == staged.kind and table.part in parts:
            for key, owner, name, old in _priced(table, staged):
                new = new_price(old, percent, rounding, currency)
                if new != old:
                    found.append((name, owner, [place, key, old, new]))
    return [row for _, _, row in sorted(found)]


def _priced(table: Table, staged: models.StagedEdit) -> Iterable[tuple[int, int, str, int]]:
    name = "name" if table.path == "pk" else f"{table.path}__name"
    rows = table.model.objects.filter(
        **{f"{table.path}__in": bulk.keys_in(staged.keys)},
        **table.living,
        price_amount__isnull=False,
    )
    priced: Iterable[tuple[int, int, str, int]] = rows.values_list(
        "pk", table.path, name, "price_amount"
    )
    return priced


@dataclass(frozen=True)
class Line:
    """A row of the plan for people."""

    owner: Any
    row: str
    old: int
    new: int

    @property
    def name(self) -> str:
        return str(self.owner.told_name())


def lines(planned: Iterable[Planned]) -> list[Line]:
    """In their order; a query for each table."""
    wanted = list(planned)
    read: dict[tuple[int, int], Any] = {}
    for place in {row[0] for row in wanted}:
        keys = [key for table, key, _, _ in wanted if table == place]
        read |= {(place, row.pk): row for row in _with_names(TABLES[place], keys)}
    return [
        Line(
            _step(read[place, key], TABLES[place].path), _row_name(place, read[place, key]), *prices
        )
        for place, key, *prices in wanted
        if (place, key) in read
    ]


def _with_names(table: Table, keys: list[int]) -> Any:
    rows = table.model.objects.filter(pk__in=bulk.keys_in(keys))
    return rows.select_related(*table.model.names_from)


def _step(row: Any, path: str) -> Any:
    for step in path.split("__"):
        row = row if step == "pk" else getattr(row, step)
    return row


def _row_name(place: int, row: Any) -> str:
    table = TABLES[place]
    words = [str(row)] if isinstance(row, models.Item) and table.path != "pk" else []
    words += [str(_step(row, step)) for step in table.named]
    if table.part == CHANNELS:
        words.append(row.dsp)
    return ", ".join(words)


@dataclass(frozen=True)
class Outcome:
    changed: int
    left_alone: list[Planned]


@transaction.atomic
def apply(staged: models.StagedEdit) -> Outcome:
    """Changes what still costs what this version of the plan says.

    Raises StagedEdit.DoesNotExist when it was applied or made anew meanwhile.
    """
    mine = models.StagedEdit.objects.select_for_update()
    staged = mine.get(pk=staged.pk, version=staged.version)
    planned = sorted(staged.plan or [])
    left_alone: list[Planned] = []
    for place, group in groupby(planned, key=lambda row: row[0]):
        left_alone += _apply_to(TABLES[place], list(group))
    staged.delete()
    wakeups.on_commit("catalog.tasks.refresh", staged.merchant_id)
    return Outcome(len(planned) - len(left_alone), left_alone)


def _apply_to(table: Table, planned: list[Planned]) -> list[Planned]:
    """Returns what it left alone."""
    wanted = [row[1:] for row in planned]
    done = bulk.exchange(table.model, "price_amount", wanted, timezone.now())
    old = {key: was for key, was, _ in wanted}
    rows = _with_names(table, [key for key in old if key in done])
    history.note_exchange([(row, old[row.pk]) for row in rows], "price_amount")
    return [row for row in planned if row[1] not in done]
