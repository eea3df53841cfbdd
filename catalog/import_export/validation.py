"""Check how the objects of a catalog fit together, once each field is well formed."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from catalog.import_errors.problems import Place, Problem, Problems
from catalog.models import ModifierGroup
from integration.api.text import filled

from . import schema as catalog_schema
from . import week
from .schema import ARRAYS, Catalog

# Array, field that lists ids, array with the objects of those ids.
_MOST_NAMED = 10  # Objects in one sentence.
_LINKS = (
    ("category", "item_family_ids", "item_family"),
    ("item_family", "item_ids", "item"),
    ("item_family", "modifier_group_ids", "modifier_group"),
    ("item_family", "tax_ids", "tax"),
    ("modifier_group", "modifier_ids", "modifier"),
    ("modifier", "modifier_group_ids", "modifier_group"),
    ("menu", "category_ids", "category"),
)
_image_url = URLValidator(schemes=["http", "https"])


def check(catalog: Catalog, currency: str, problems: Problems) -> None:
    """Note every problem; prices must be in `currency`."""
    check_file = _Check(catalog, problems)
    ids = check_file.ids()
    for array, field, target in _LINKS:
        for place, row in _rows(catalog, array):
            check_file.links(place, field, getattr(row, field) or (), ids[target], target)
    for array in ("item_family", "item", "modifier"):
        for place, row in _rows(catalog, array):
            check_file.price(place, row, currency)
    for array, check_row in _CHECKS.items():
        for place, row in _rows(catalog, array):
            check_row(problems, place, row)
    check_file.items(ids)
    check_file.tax()
    check_file.cycles()


def _rows(catalog: Catalog, array: str) -> Iterator[tuple[Place, Any]]:
    for position, row in enumerate(getattr(catalog, array), start=1):
        yield Place(array, position, row.provider_id), row


class _Check:
    """The checks of how objects fit together; what could not be read is not told again."""

    def __init__(self, catalog: Catalog, problems: Problems) -> None:
        self._catalog = catalog
        self._problems = problems

    def ids(self) -> dict[str, set[str]]:
        """Return the ids of each array; each must be there once."""
        seen: dict[str, Place] = {}
        for array in ARRAYS:
            for place, row in _rows(self._catalog, array):
                before = seen.setdefault(row.provider_id, place)
                if before != place:
                    self._problems.refuse(
                        place,
                        "provider_id",
                        f"{before} has the same provider_id; every object needs its own.",
                        value=row.provider_id,
                    )
                    # One slip: that nothing names this object then is not another.
                    self._problems.mark_unread(array, "provider_id", place.position)
        return {
            array: {row.provider_id for row in getattr(self._catalog, array)} for array in ARRAYS
        }

    def links(
        self, place: Place, field: str, linked: Iterable[str], known: set[str], target: str
    ) -> None:
        seen: set[str] = set()
        for provider_id in linked:
            if provider_id not in known and not self._problems.is_incomplete(target):
                # Beside an element that was not readable, it is a problem all the same.
                self._problems.refuse(
                    place,
                    "",
                    f"{field} names {provider_id}, but the catalog has no such {target}.",
                    value=provider_id,
                    named=field,
                )
            if provider_id in seen:
                self._problems.refuse(
                    place, "", f"{field} names {provider_id} twice.", value=provider_id, named=field
                )
            seen.add(provider_id)

    def price(self, place: Place, row: catalog_schema.Priced, currency: str) -> None:
        told = filled(row.price_currency)
        if told is not None and told.strip().lower() != currency:
            self._problems.refuse(
                place,
                "price_currency",
                f"price_currency is {row.price_currency!s:.40}, but the merchant sells in"
                f" {currency}.",
                value=row.price_currency,
            )
        seen: set[str] = set()
        for price in row.dsp_price_amount_overrides or ():
            if price.dsp in seen:
                field = "dsp_price_amount_overrides"
                sentence = f"{field} names {price.dsp} twice."
                self._problems.refuse(place, field, sentence, value=price.dsp)
            seen.add(price.dsp)
        if row.price_amount is None and not getattr(row, "item_ids", None):
            has_items = hasattr(row, "item_ids")
            reason = " It is required when there are no item_ids." if has_items else ""
            sentence = f"price_amount is missing.{reason}"
            self._problems.refuse(place, "price_amount", sentence, needs=["item_ids"])
        for number, image in enumerate(getattr(row, "images", None) or (), start=1):
            try:
                _image_url(image.provider_url)
            except ValidationError:
                sentence = f"provider_url of image {number} is not an http or https URL."
                self._problems.refuse(place, "images", sentence, value=image.provider_url)

    def items(self, ids: dict[str, set[str]]) -> None:
        """Check that each item is in exactly one family and overrides prices of known modifiers."""
        family_of: dict[str, Place] = {}
        for place, family in _rows(self._catalog, "item_family"):
            for item in family.item_ids or ():
                other = family_of.setdefault(item, place)
                if other != place:
                    sentence = f"item_ids names {item}, which {other} already has."
                    self._problems.refuse(place, "", sentence, value=item, named="item_ids")
        is_sure = not (
            self._problems.any_unread("item_family", "item_ids")
            or self._problems.is_incomplete("item_family")
        )
        for place, item in _rows(self._catalog, "item"):
            if is_sure and item.provider_id not in family_of:
                sentence = "no item_family lists it in its item_ids."
                self._problems.refuse(place, "provider_id", sentence, value=item.provider_id)
            modifier_ids = [override.modifier_id for override in item.modifier_overrides or ()]
            self.links(place, "modifier_overrides", modifier_ids, ids["modifier"], "modifier")

    def tax(self) -> None:
        """Check that tax_rate, which is derived and not stored, agrees with the default tax."""
        defaults = [(place, tax) for place, tax in _rows(self._catalog, "tax") if tax.is_default]
        for place, _tax in defaults[1:]:
            sentence = f"is_default is true, but {defaults[0][0]} is already the default."
            self._problems.refuse(place, "is_default", sentence, value=True)
        rate = next((tax.rate for _, tax in defaults if tax.is_active), 0.0)
        told = self._catalog.tax_rate
        unread = ("provider_id", "rate", "is_default", "is_active")
        is_sure = not (
            self._problems.any_unread("tax", *unread) or self._problems.is_incomplete("tax")
        )
        if told is None or told == rate or not is_sure:
            return
        sentence = (
            f"tax_rate is {told:g}, but the active default tax has {rate:g}; they must match."
            if rate
            else f"tax_rate is {told:g}, but no active tax has is_default; add one to the tax"
            " array."
        )
        self._problems.add(
            Problem(message=sentence, advice=sentence, column="tax_rate", value=f"{told:g}")
        )

    def cycles(self) -> None:
        """Check that no group contains itself through its modifiers' nested groups."""
        below = {row.provider_id: row.modifier_group_ids or [] for row in self._catalog.modifier}
        inner = {
            group.provider_id: [
                nested
                for modifier_id in group.modifier_ids or ()
                for nested in below.get(modifier_id, ())
            ]
            for group in self._catalog.modifier_group
        }
        done: set[str] = set()
        for place, group in _rows(self._catalog, "modifier_group"):
            cycle = _find_cycle(group.provider_id, inner, done)
            if cycle:
                names = cycle if len(cycle) <= _MOST_NAMED else [*cycle[:_MOST_NAMED], "…"]
                sentence = f"it contains itself: {' > '.join(names)}."
                self._problems.refuse(place, "", sentence, named="modifier_ids")
                done.update(cycle)  # One problem, not one of each group in it.


def _check_family(problems: Problems, place: Place, family: catalog_schema.Family) -> None:
    if family.item_ids and family.price_amount is not None:
        sentence = "it has item_ids, so price_amount must be omitted; its items have prices."
        problems.refuse(place, "price_amount", sentence, value=family.price_amount)
    default = family.default_item_id
    if default is not None and default not in (family.item_ids or ()):
        sentence = f"default_item_id {default} is not one of its item_ids."
        problems.refuse(place, "default_item_id", sentence, value=default, needs=["item_ids"])


def _check_group(problems: Problems, place: Place, group: catalog_schema.Group) -> None:
    rules = group.rules
    if rules.selection_type not in ModifierGroup.SelectionType.values:
        known = ", ".join(ModifierGroup.SelectionType.values)
        sentence = f"selection_type {rules.selection_type!s:.40} is not one of {known}."
        problems.refuse(place, "rules.selection_type", sentence, value=rules.selection_type)
    maximum = rules.maximum_unique_modifiers_allowed
    if maximum is not None and maximum < rules.minimum_unique_modifiers_allowed:
        problems.refuse(
            place,
            "rules.maximum_unique_modifiers_allowed",
            f"it requires at least {rules.minimum_unique_modifiers_allowed} modifiers but allows"
            f" at most {maximum}.",
            value=maximum,
            needs=["rules.minimum_unique_modifiers_allowed"],
        )
    for modifier in rules.default_modifier_quantities or ():
        if modifier not in (group.modifier_ids or ()):
            problems.refuse(
                place,
                "rules.default_modifier_quantities",
                f"default_modifier_quantities names {modifier}, which is not in its modifier_ids.",
                value=modifier,
                needs=["modifier_ids"],
            )


def _check_menu(problems: Problems, place: Place, menu: catalog_schema.Menu) -> None:
    for day, sentence in week.problems_of(menu.schedule):
        value = ", ".join(menu.schedule.get(day, ()))
        problems.refuse(place, "", f"schedule: {sentence}", value=value, named=f"schedule.{day}")


def _check_rate(problems: Problems, place: Place, tax: catalog_schema.Tax) -> None:
    if round(tax.rate, 4) != tax.rate:
        problems.refuse(place, "rate", "rate has more than four decimal places.", value=tax.rate)


_CHECKS: dict[str, Callable[[Problems, Place, Any], None]] = {
    "item_family": _check_family,
    "modifier_group": _check_group,
    "menu": _check_menu,
    "tax": _check_rate,
}


def _find_cycle(start: str, inner: dict[str, list[str]], done: set[str]) -> list[str]:
    """Return a cycle reachable from `start`, or an empty list.

    Adds the nodes from which no cycle is reachable to `done`.
    """
    if start in done:
        return []
    path = {start: iter(inner.get(start, ()))}  # In order; a list would be searched for every step.
    while path:
        node, waiting = next(reversed(path.items()))
        following = next(waiting, None)
        if following is None:
            done.add(node)
            del path[node]
        elif following in path:
            nodes = list(path)
            return [*nodes[nodes.index(following) :], following]
        elif following not in done:
            path[following] = iter(inner.get(following, ()))
    return []
