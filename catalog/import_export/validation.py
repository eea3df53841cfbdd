"""Check how the objects of a catalog fit together, once each field is well formed."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from catalog.models import ModifierGroup

from . import schema as catalog_schema
from . import week
from .parser import BadCatalog
from .schema import ARRAYS, Catalog, object_name

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


def check(catalog: Catalog, currency: str) -> None:
    """Raise BadCatalog for the first problem; prices must be in `currency`."""
    ids = _ids(catalog)
    for array, field, target in _LINKS:
        for place, row in _rows(catalog, array):
            _check_links(place, field, getattr(row, field) or (), ids[target], target)
    for place, row in _priced(catalog):
        _check_price(place, row, currency)
    for array, check_row in _CHECKS.items():
        for place, row in _rows(catalog, array):
            check_row(place, row)
    _check_items(catalog, ids)
    _check_tax(catalog)
    _check_cycles(catalog)


def _refuse(place: str, sentence: str) -> None:
    raise BadCatalog(f"{place}: {sentence}")


def _rows(catalog: Catalog, array: str) -> Iterator[tuple[str, Any]]:
    for position, row in enumerate(getattr(catalog, array), start=1):
        yield object_name(array, position, row.provider_id), row


def _priced(catalog: Catalog) -> Iterator[tuple[str, catalog_schema.Priced]]:
    for array in ("item_family", "item", "modifier"):
        yield from _rows(catalog, array)


def _ids(catalog: Catalog) -> dict[str, set[str]]:
    seen: dict[str, str] = {}
    for array in ARRAYS:
        for place, row in _rows(catalog, array):
            before = seen.setdefault(row.provider_id, place)
            if before != place:
                _refuse(place, f"{before} has the same provider_id; every object needs its own.")
    return {array: {row.provider_id for row in getattr(catalog, array)} for array in ARRAYS}


def _check_links(
    place: str, field: str, linked: Iterable[str], known: set[str], target: str
) -> None:
    seen: set[str] = set()
    for provider_id in linked:
        if provider_id not in known:
            _refuse(place, f"{field} names {provider_id}, but the catalog has no such {target}.")
        if provider_id in seen:
            _refuse(place, f"{field} names {provider_id} twice.")
        seen.add(provider_id)


def _check_price(place: str, row: catalog_schema.Priced, currency: str) -> None:
    if row.price_currency and row.price_currency.lower() != currency:
        _refuse(
            place,
            f"price_currency is {row.price_currency!s:.40}, but the merchant sells in {currency}.",
        )
    channels = [price.dsp for price in row.dsp_price_amount_overrides or ()]
    _check_unique(place, "dsp_price_amount_overrides", channels)
    if row.price_amount is None and not getattr(row, "item_ids", None):
        reason = " It is required when there are no item_ids." if hasattr(row, "item_ids") else ""
        _refuse(place, f"price_amount is missing.{reason}")
    for number, image in enumerate(getattr(row, "images", None) or (), start=1):
        try:
            _image_url(image.provider_url)
        except ValidationError:
            _refuse(place, f"provider_url of image {number} is not an http or https URL.")


def _check_unique(place: str, field: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            _refuse(place, f"{field} names {value} twice.")
        seen.add(value)


def _check_family(place: str, family: catalog_schema.Family) -> None:
    if family.item_ids and family.price_amount is not None:
        _refuse(place, "it has item_ids, so price_amount must be omitted; its items have prices.")
    default = family.default_item_id
    if default is not None and default not in (family.item_ids or ()):
        _refuse(place, f"default_item_id {default} is not one of its item_ids.")


def _check_group(place: str, group: catalog_schema.Group) -> None:
    rules = group.rules
    if rules.selection_type not in ModifierGroup.SelectionType.values:
        known = ", ".join(ModifierGroup.SelectionType.values)
        _refuse(place, f"selection_type {rules.selection_type!s:.40} is not one of {known}.")
    maximum = rules.maximum_unique_modifiers_allowed
    if maximum is not None and maximum < rules.minimum_unique_modifiers_allowed:
        _refuse(
            place,
            f"it requires at least {rules.minimum_unique_modifiers_allowed} modifiers but allows"
            f" at most {maximum}.",
        )
    for modifier in rules.default_modifier_quantities or ():
        if modifier not in (group.modifier_ids or ()):
            _refuse(
                place,
                f"default_modifier_quantities names {modifier}, which is not in its modifier_ids.",
            )


def _check_menu(place: str, menu: catalog_schema.Menu) -> None:
    try:
        week.split(menu.schedule)
    except ValidationError as error:
        _refuse(place, f"schedule: {error.messages[0]}")


def _check_rate(place: str, tax: catalog_schema.Tax) -> None:
    if round(tax.rate, 4) != tax.rate:
        _refuse(place, "rate has more than four decimal places.")


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "item_family": _check_family,
    "modifier_group": _check_group,
    "menu": _check_menu,
    "tax": _check_rate,
}


def _check_items(catalog: Catalog, ids: dict[str, set[str]]) -> None:
    """Check that each item is in exactly one family and overrides prices of known modifiers."""
    family_of: dict[str, str] = {}
    for place, family in _rows(catalog, "item_family"):
        for item in family.item_ids or ():
            other = family_of.setdefault(item, place)
            if other != place:
                _refuse(place, f"item_ids names {item}, which {other} already has.")
    for place, item in _rows(catalog, "item"):
        if item.provider_id not in family_of:
            _refuse(place, "no item_family lists it in its item_ids.")
        modifier_ids = [override.modifier_id for override in item.modifier_overrides or ()]
        _check_links(place, "modifier_overrides", modifier_ids, ids["modifier"], "modifier")


def _check_tax(catalog: Catalog) -> None:
    """Check that tax_rate, which is derived and not stored, agrees with the default tax."""
    defaults = [(place, tax) for place, tax in _rows(catalog, "tax") if tax.is_default]
    if len(defaults) > 1:
        _refuse(defaults[1][0], f"is_default is true, but {defaults[0][0]} is already the default.")
    rate = next((tax.rate for _, tax in defaults if tax.is_active), 0.0)
    if catalog.tax_rate is not None and catalog.tax_rate != rate:
        raise BadCatalog(
            f"tax_rate is {catalog.tax_rate:g}, but the active default tax has {rate:g};"
            " they must match."
            if rate
            else f"tax_rate is {catalog.tax_rate:g}, but no active tax has is_default; add one"
            " to the tax array."
        )


def _check_cycles(catalog: Catalog) -> None:
    """Check that no group contains itself through its modifiers' nested groups."""
    below = {row.provider_id: row.modifier_group_ids or [] for row in catalog.modifier}
    inner = {
        group.provider_id: [
            nested for modifier_id in group.modifier_ids or () for nested in below[modifier_id]
        ]
        for group in catalog.modifier_group
    }
    done: set[str] = set()
    for place, group in _rows(catalog, "modifier_group"):
        cycle = _find_cycle(group.provider_id, inner, done)
        if cycle:
            names = cycle if len(cycle) <= _MOST_NAMED else [*cycle[:_MOST_NAMED], "…"]
            _refuse(place, f"it contains itself: {' > '.join(names)}.")


def _find_cycle(start: str, inner: dict[str, list[str]], done: set[str]) -> list[str]:
    """Return a cycle reachable from `start`, or an empty list.

    Adds the nodes from which no cycle is reachable to `done`.
    """
    if start in done:
        return []
    path = {start: iter(inner[start])}  # In order; a list would be searched for every step.
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
            path[following] = iter(inner[following])
    return []
