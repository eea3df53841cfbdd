"""The context of the rules: a menu, a location's offers, and the objects kept out so far."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from catalog.menu.loader import MenuData, Offers, Row
from catalog.models import Location
from integration import currency

Rows = dict[str, dict[int, Row]]


class Fault(NamedTuple):
    """A rule's finding: the object (kind and key), and a sentence that says how to repair it."""

    kind: str
    key: int
    sentence: str


@dataclass
class MenuContext:
    """The menu of a location while the rules run; error rules add broken objects to `out`.

    Without a `location` it is the merchant's menu, without the overrides of any location.
    """

    menu: MenuData
    offers: Offers = field(default_factory=Offers)
    location: Location | None = None
    out: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @cached_property
    def sizes_of(self) -> dict[int, list[int]]:
        """Return each family's sizes in order, including broken ones."""
        items = self.menu.rows["item"].values()
        sizes: dict[int, list[int]] = defaultdict(list)
        for item in sorted(items, key=lambda row: (row["position"], row["pk"])):
            sizes[item["family_id"]].append(item["pk"])
        return sizes

    def is_on(self, kind: str, key: int) -> bool:
        """Return whether the object is available here now."""
        return bool(self.menu.rows[kind][key]["is_active"]) and self.offers.get(kind, key).is_active

    def linked(self, link: str, owner: int, kind: str) -> list[int]:
        """Return the keys that the owner lists, without objects that Stream does not get."""
        rows, out = self.menu.rows[kind], self.out[kind]
        listed = self.menu.links[link].get(owner, ())
        return [key for key in listed if key in rows and key not in out]

    def rows_left(self) -> Rows:
        """Return the rows that Stream gets, by kind."""
        return {kind: self._left(kind, rows) for kind, rows in self.menu.rows.items()}

    def _left(self, kind: str, rows: dict[int, Row]) -> dict[int, Row]:
        out = self.out[kind]
        return {key: row for key, row in rows.items() if key not in out} if out else rows

    def named(self, kind: str, key: int) -> str:
        row = self.menu.rows[kind][key]
        return f"“{row['name'].strip() or row['provider_id']}”"

    def money(self, amount: int) -> str:
        return currency.as_text(amount, self.menu.currency)


class Rule(NamedTuple):
    """One row of the table of rules, which docs/menu-check.md repeats."""

    id: str
    find: Callable[[MenuContext], Iterable[Fault]]
    wrong: str
    remedy: str
    per_location: bool = False  # It may find more at a location than in the merchant's menu.
