"""Differences between two menus, for staff to read.

An object may stand in many places, with other names or prices; all its places count as one here.
"""

from collections.abc import Container, Iterable, Iterator
from typing import Any

from dsp.menus.hours import DAYS
from dsp.menus.schema import Family, Holiday, ModifierGroup, PublishedMenu, Rules, Tax, Window
from integration import currency as currencies

from .guest_body import hours_text

LISTED = 200
_TEXT_LENGTH = 200
_DESCRIBED = 2_000  # Dishes that differ; each further one is only counted.
Facts = dict[str, str]  # What is said of an object: the property in words, and its value.
Key = tuple[str, str]  # The kind in words, and the id.


class _Described:
    """The objects of a menu by kind and id, with a name and the facts of each."""

    def __init__(self, menu: PublishedMenu, family_ids: Container[str]) -> None:
        """Describe all of the menu but its families, of which only these are described."""
        self.names: dict[Key, str] = {}
        self._values: dict[tuple[str, str, str], set[str]] = {}
        self._seen: set[int] = set()
        self._currency = menu.currency or "usd"
        self._add_file(menu)
        for one in menu.menus:
            week = zip(DAYS, one.week, strict=True)
            hours = {f"hours on {day}": _windows(windows) for day, windows in week}
            self._add("menu", one.stream_id, one.name, hours)
            for category in one.categories:
                self._add("category", category.stream_id, category.name, {})
                for family in category.families:
                    for group in family.groups:
                        self._add_group(group)
                    if family.stream_id in family_ids:
                        self._add_family(family)

    def facts(self, key: Key, properties: Iterable[str]) -> Facts:
        found = {one: self._values.get((*key, one), set()) for one in properties}
        return {one: " / ".join(sorted(values)) for one, values in found.items()}

    def properties(self) -> dict[Key, list[str]]:
        found: dict[Key, list[str]] = {key: [] for key in self.names}
        for kind, stream_id, one in self._values:
            found[kind, stream_id].append(one)
        return found

    def _add(self, kind: str, stream_id: str, name: str, facts: Facts) -> None:
        self.names.setdefault((kind, stream_id), name)
        for one, value in (("name", name), *facts.items()):
            self._values.setdefault((kind, stream_id, one), set()).add(value)

    def _add_file(self, menu: PublishedMenu) -> None:
        about = {"preparation time": f"{menu.prep_time_minutes} min", "currency": menu.currency}
        self._add("file", "", "", about)
        for tax in menu.taxes:
            self._add("tax", tax.stream_id, tax.name, _tax(tax))
        for holiday in menu.holidays:
            self._add("holiday", _date(holiday), holiday.name, {"hours": _windows(holiday.windows)})

    def _add_family(self, family: Family) -> None:
        facts = {
            "available": _yes(family.is_active),
            "taxes": ", ".join(family.tax_ids) or "none",
            "alcohol": _yes(family.is_alcohol),
            "allergens": ", ".join(family.allergens) or "none",
        }
        self._add("item", family.stream_id, family.name, facts)
        for one in family.variations:
            stock = "not counted" if one.stock_count is None else str(one.stock_count)
            priced = {"price": self._price(one.price), "available": _yes(one.is_active)}
            name = f"{family.name}, {one.name}"
            self._add("variation", one.stream_id, name, priced | {"stock": stock})

    def _add_group(self, group: ModifierGroup) -> None:
        if id(group) in self._seen:
            return
        self._seen.add(id(group))
        self._add("modifier group", group.stream_id, group.name, {"rules": _rules(group.rules)})
        for one in group.modifiers:
            facts = {"price": self._price(one.price), "available": _yes(one.is_active)}
            self._add("modifier", one.stream_id, one.name, facts)
            for nested in one.groups:
                self._add_group(nested)

    def _price(self, amount: int) -> str:
        return currencies.as_text(amount, self._currency)


def between(before: PublishedMenu, after: PublishedMenu) -> list[dict[str, Any]]:
    """Return the first differences, and how many more there are as a last line of kind `more`."""
    old, new = _families(before), _families(after)
    differing = [key for key in {**new, **old} if new.get(key) != old.get(key)]
    described = set(differing[:_DESCRIBED])
    more = len(differing) - len(described)
    lines: list[dict[str, Any]] = []
    for line in _lines(_Described(before, described), _Described(after, described)):
        if len(lines) < LISTED:
            lines.append(line)
        else:
            more += 1
    return [*lines, _line("more", "", "", str(more))] if more else lines


def _families(menu: PublishedMenu) -> dict[str, list[Family]]:
    """Return the families in all their places, by id."""
    found: dict[str, list[Family]] = {}
    for one in menu.menus:
        for category in one.categories:
            for family in category.families:
                found.setdefault(family.stream_id, []).append(family)
    return found


def _lines(before: _Described, after: _Described) -> Iterator[dict[str, Any]]:
    old, new = before.properties(), after.properties()
    yield from (_line(*key, after.names[key], "added") for key in new if key not in old)
    yield from (_line(*key, before.names[key], "removed") for key in old if key not in new)
    for key, properties in new.items():
        if key not in old:
            continue
        was, is_now = before.facts(key, properties), after.facts(key, properties)
        for one in properties:
            if was[one] != is_now[one]:
                yield _line(*key, after.names[key], one, was[one], is_now[one])


def _line(
    kind: str, stream_id: str, name: str, what: str, was: str = "", now: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": stream_id,
        "name": name[:_TEXT_LENGTH],
        "what": what,
        "before": was[:_TEXT_LENGTH],
        "after": now[:_TEXT_LENGTH],
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _windows(windows: Iterable[Window]) -> str:
    return ", ".join(hours_text(window) for window in windows) or "closed"


def _date(holiday: Holiday) -> str:
    years = ",".join(map(str, holiday.years))
    return f"{holiday.month:02}-{holiday.day:02}" + (f" {years}" if years else "")


def _tax(tax: Tax) -> Facts:
    return {"rate": f"{tax.rate} %", "included in prices": _yes(tax.is_inclusive)}


def _rules(rules: Rules) -> str:
    most = "any number" if rules.maximum is None else str(rules.maximum)
    text = f"{rules.minimum} to {most}, {rules.selection_type}"
    free = f", {rules.free} free" if rules.free else ""
    defaults = ", ".join(f"{count} × {one}" for one, count in rules.defaults)
    return text + free + (f", preselected {defaults}" if defaults else "")
