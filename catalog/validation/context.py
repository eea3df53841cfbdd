"""What the rules look at: a menu, the offers of a place, and what is kept out so far."""

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
    """What a rule found: about which object (kind and key), in words that say what to do."""

    kind: str
    key: int
    sentence: str


@dataclass
class Sight:
    """A place's menu while the rules run; `out` grows as the error rules find what is broken.

    Without a `location` it is the menu as such, apart from what is special anywhere.
    """

    menu: MenuData
    offers: Offers = field(default_factory=Offers)
    location: Location | None = None
    out: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @cached_property
    def sizes_of(self) -> dict[int, list[int]]:
        """Each family's sizes in order, the broken ones too."""
        items = self.menu.rows["item"].values()
        sizes: dict[int, list[int]] = defaultdict(list)
        for item in sorted(items, key=lambda row: (row["position"], row["pk"])):
            sizes[item["family_id"]].append(item["pk"])
        return sizes

    def is_on(self, kind: str, key: int) -> bool:
        """Whether it can be bought here at the moment."""
        return bool(self.menu.rows[kind][key]["is_active"]) and self.offers.of(kind, key).is_active

    def linked(self, link: str, owner: int, kind: str) -> list[int]:
        """The keys of what the owner lists, without what Stream does not get."""
        rows, out = self.menu.rows[kind], self.out[kind]
        listed = self.menu.links[link].get(owner, ())
        return [key for key in listed if key in rows and key not in out]

    def rows_left(self) -> Rows:
        """The rows by kind that Stream gets."""
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
    """One row of the table of rules; docs/menu-check.md says the same."""

    id: str
    find: Callable[[Sight], Iterable[Fault]]
    wrong: str
    remedy: str
    by_place: bool = False  # Whether it may find more at a location than in the menu as such.
