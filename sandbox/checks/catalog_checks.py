"""Check a pulled catalog against the contract (CAT)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.records import CATALOG_ARRAYS
from sandbox.wire.findings import Findings, is_whole, rows, shown
from sandbox.wire.transport import Answer

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
SELECTION_TYPES = ("single", "multiple", "single_proportion")
# (array, field with ids, array the ids refer to)
LINKS = (
    ("category", "item_family_ids", "item_family"),
    ("item_family", "item_ids", "item"),
    ("item_family", "modifier_group_ids", "modifier_group"),
    ("item_family", "tax_ids", "tax"),
    ("modifier_group", "modifier_ids", "modifier"),
    ("modifier", "modifier_group_ids", "modifier_group"),
    ("menu", "category_ids", "category"),
)


def catalog_problems(answer: Answer, *, sent_etag: str) -> tuple[str, ...]:
    """Check an answer of any status; 304 is valid only if an ETag was sent."""
    found = Findings("CAT")
    if answer.status == 304:
        found.need(bool(sent_etag), "the answer is 304 although no If-None-Match was sent.")
        found.need(not answer.body, "a 304 must have no body.")
        return found.list()
    if not found.need(answer.status == 200, f"the status must be 200, but is {answer.status}."):
        return found.list()
    found.need(bool(answer.header("ETag")), "the answer has no ETag.")
    found.need(
        not sent_etag or answer.header("ETag") != sent_etag,
        "the catalog still has the ETag we sent, but the answer is not a 304.",
    )
    content = answer.json
    if isinstance(content, dict):
        _CatalogCheck(found, content).run()
    else:
        found.add("the answer is not a JSON object.")
    return found.list()


class _CatalogCheck:
    def __init__(self, found: Findings, content: Mapping[str, Any]) -> None:
        self._found = found
        self._content = content
        self._arrays = {
            name: {
                row["provider_id"]: row
                for row in rows(content.get(name))
                if isinstance(row.get("provider_id"), str)
            }
            for name in CATALOG_ARRAYS
        }
        self._currencies: set[str] = set()

    def run(self) -> None:
        rate = self._content.get("tax_rate")
        self._found.need(_is_number(rate), f"tax_rate must be a number, but is {shown(rate)}.")
        self._identities()
        self._links()
        for name, check in _ROW_CHECKS.items():
            for row in rows(self._content.get(name)):
                check(self, row, f"{name} {row.get('provider_id')!r}")
        self._found.need(
            len(self._currencies) <= 1,
            f"the catalog has several currencies: {', '.join(sorted(self._currencies))}.",
        )
        self._cycles()

    def _identities(self) -> None:
        kinds: dict[str, str] = {}
        for name in CATALOG_ARRAYS:
            array = self._content.get(name)
            if not isinstance(array, list) or not all(isinstance(row, dict) for row in array):
                self._found.add(f"{name} must be an array of objects, but is {shown(array)}.")
                continue
            for number, row in enumerate(array, start=1):
                self._identity(name, number, row, kinds)

    def _identity(
        self, name: str, number: int, row: Mapping[str, Any], kinds: dict[str, str]
    ) -> None:
        where = f"{name} number {number}"
        self._found.text(row, "name", where)
        for key, value in row.items():
            if value is None or value == "":
                self._found.add(f"{key} of {where} has no value and must be omitted.")
        if self._found.text(row, "provider_id", where):
            known = kinds.setdefault(row["provider_id"], where)
            self._found.need(
                known == where,
                f"the provider_id {row['provider_id']!r} is both {known} and {where}.",
            )

    def _links(self) -> None:
        for name, key, target in LINKS:
            for provider_id, row in self._arrays[name].items():
                for linked in self._ids(row, key, f"{name} {provider_id!r}"):
                    self._found.need(
                        linked in self._arrays[target],
                        f"{key} of {name} {provider_id!r} names {linked!r}, not a known {target}.",
                    )

    def _ids(self, row: Mapping[str, Any], key: str, where: str) -> list[str]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self._found.add(f"{key} of {where} must be a list of ids.")
            return []
        self._found.need(len(set(value)) == len(value), f"{key} of {where} repeats an id.")
        return value

    def _price(self, row: Mapping[str, Any], where: str) -> None:
        self._found.whole(row, "price_amount", where)
        if self._found.text(row, "price_currency", where):
            currency = row["price_currency"]
            self._currencies.add(currency.lower())
            self._found.need(
                len(currency) == 3 and currency.isascii() and currency.islower(),
                f"price_currency of {where} is {shown(currency)}, not a lowercase code.",
            )

    def _dsp_prices(self, row: Mapping[str, Any], where: str) -> None:
        for override in rows(row.get("dsp_price_amount_overrides")):
            self._found.text(override, "dsp", f"a dsp_price_amount_overrides of {where}")
            self._found.whole(override, "price_amount", f"a price override of {where}")

    def check_family(self, row: Mapping[str, Any], where: str) -> None:
        self._found.flag(row, "is_active", where)
        self._dsp_prices(row, where)
        if row.get("item_ids"):
            self._found.need("price_amount" not in row, f"{where} has both items and a price.")
            default = row.get("default_item_id")
            self._found.need(
                default is None or default in row["item_ids"],
                f"default_item_id of {where} is not one of its items.",
            )
        else:
            self._price(row, where)

    def check_item(self, row: Mapping[str, Any], where: str) -> None:
        self._found.flag(row, "is_active", where)
        self._price(row, where)
        self._dsp_prices(row, where)
        self._found.whole(row, "stock_count", where, required=False)
        for override in rows(row.get("modifier_overrides")):
            self._found.whole(override, "price_amount", f"a modifier override of {where}")
            modifier_id = override.get("modifier_id")
            self._found.need(
                isinstance(modifier_id, str) and modifier_id in self._arrays["modifier"],
                f"a modifier override of {where} names {shown(modifier_id)}, not a known modifier.",
            )

    def check_modifier(self, row: Mapping[str, Any], where: str) -> None:
        self._found.flag(row, "is_active", where)
        self._price(row, where)
        self._dsp_prices(row, where)

    def check_group(self, row: Mapping[str, Any], where: str) -> None:
        self._found.flag(row, "is_active", where)
        rules = row.get("rules")
        if not isinstance(rules, dict):
            self._found.add(f"{where} has no rules.")
            return
        kind = rules.get("selection_type", "single")
        self._found.need(kind in SELECTION_TYPES, f"selection_type of {where} is {shown(kind)}.")
        low, high = ("minimum_unique_modifiers_allowed", "maximum_unique_modifiers_allowed")
        for key in (low, high, "amount_of_modifiers_free"):
            self._found.whole(rules, key, where, required=False)
        if is_whole(rules.get(low)) and is_whole(rules.get(high)):
            self._found.need(rules[low] <= rules[high], f"{where} has a minimum above its maximum.")
        defaults = rules.get("default_modifier_quantities", {})
        unknown = set(defaults) - set(_texts(row.get("modifier_ids")))
        self._found.need(not unknown, f"{where} has defaults that are not among its modifiers.")

    def check_menu(self, row: Mapping[str, Any], where: str) -> None:
        schedule = row.get("schedule")
        if not isinstance(schedule, dict) or set(schedule) != set(DAYS):
            self._found.add(f"the schedule of {where} must have exactly seven days.")
            return
        for day in DAYS:
            windows = schedule[day] if isinstance(schedule[day], list) else [schedule[day]]
            for window in windows:
                is_window = isinstance(window, str) and WINDOW.fullmatch(window)
                self._found.need(
                    bool(is_window) and window[:5] < window[6:],
                    f"the window {shown(window)} on {day} of {where} is not HH:mm-HH:mm in a day.",
                )

    def check_tax(self, row: Mapping[str, Any], where: str) -> None:
        rate = row.get("rate")
        self._found.need(_is_number(rate), f"rate of {where} must be a number, not {shown(rate)}.")
        for key in ("is_active", "is_default", "is_inclusive"):
            self._found.flag(row, key, where, required=False)

    def _cycles(self) -> None:
        """Remove groups without nested groups until only cycles are left."""
        nested = {
            group_id: {
                inner
                for modifier_id in _texts(group.get("modifier_ids"))
                for inner in _texts(
                    self._arrays["modifier"].get(modifier_id, {}).get("modifier_group_ids")
                )
                if inner in self._arrays["modifier_group"]
            }
            for group_id, group in self._arrays["modifier_group"].items()
        }
        while leaves := [group_id for group_id, inner in nested.items() if not inner]:
            for group_id in leaves:
                del nested[group_id]
            for inner in nested.values():
                inner.difference_update(leaves)
        for group_id in sorted(nested):
            self._found.add(f"modifier_group {group_id!r} contains itself through its modifiers.")


_ROW_CHECKS = {
    "item_family": _CatalogCheck.check_family,
    "item": _CatalogCheck.check_item,
    "modifier": _CatalogCheck.check_modifier,
    "modifier_group": _CatalogCheck.check_group,
    "menu": _CatalogCheck.check_menu,
    "tax": _CatalogCheck.check_tax,
}


def _texts(value: Any) -> Iterable[str]:
    if not isinstance(value, list):
        return []
    return [entry for entry in value if isinstance(entry, str)]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
