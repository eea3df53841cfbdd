"""What can be wrong between the objects of a catalog whose fields are all well formed."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from catalog.models import ModifierGroup

from . import schema as catalog_schema
from . import week
from .parser import BadCatalog
from .schema import ARRAYS, Catalog, named

# Array, field that holds ids, array whose ids they are.
_LINKS = (
    ("category", "item_family_ids", "item_family"),
    ("item_family", "item_ids", "item"),
    ("item_family", "modifier_group_ids", "modifier_group"),
    ("item_family", "tax_ids", "tax"),
    ("modifier_group", "modifier_ids", "modifier"),
    ("modifier", "modifier_group_ids", "modifier_group"),
    ("menu", "category_ids", "category"),
)
_picture = URLValidator(schemes=["http", "https"])


def check(catalog: Catalog, currency: str) -> None:
    """Raises BadCatalog for the first thing that is wrong; prices must be in `currency`."""
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
        yield named(array, position, row.provider_id), row


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
    for one in linked:
        if one not in known:
            _refuse(place, f"{field} names {one}, which is no {target} of the catalog.")
        if one in seen:
            _refuse(place, f"{field} names {one} twice.")
        seen.add(one)


def _check_price(place: str, row: catalog_schema.Priced, currency: str) -> None:
    if row.price_currency and row.price_currency.lower() != currency:
        _refuse(
            place,
            f"price_currency is {row.price_currency!s:.40}, but the merchant sells in {currency}.",
        )
    channels = [one.dsp for one in row.dsp_price_amount_overrides or ()]
    _once(place, "dsp_price_amount_overrides", channels)
    if row.price_amount is None and not getattr(row, "item_ids", None):
        reason = " It is needed when there are no item_ids." if hasattr(row, "item_ids") else ""
        _refuse(place, f"price_amount is missing.{reason}")
    for number, image in enumerate(getattr(row, "images", None) or (), start=1):
        try:
            _picture(image.provider_url)
        except ValidationError:
            _refuse(place, f"provider_url of picture {number} is no http or https address.")


def _once(place: str, field: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            _refuse(place, f"{field} names {value} twice.")
        seen.add(value)


def _check_family(place: str, family: catalog_schema.Family) -> None:
    if family.item_ids and family.price_amount is not None:
        _refuse(place, "it has item_ids, so price_amount must be left out; its items have prices.")
    default = family.default_item_id
    if default is not None and default not in (family.item_ids or ()):
        _refuse(place, f"default_item_id {default} is not one of its item_ids.")


def _check_group(place: str, group: catalog_schema.Group) -> None:
    rules = group.rules
    if rules.selection_type not in ModifierGroup.SelectionType.values:
        known = ", ".join(ModifierGroup.SelectionType.values)
        _refuse(place, f"selection_type {rules.selection_type!s:.40} is none of {known}.")
    most = rules.maximum_unique_modifiers_allowed
    if most is not None and most < rules.minimum_unique_modifiers_allowed:
        _refuse(
            place,
            f"it demands at least {rules.minimum_unique_modifiers_allowed} modifiers but allows"
            f" at most {most}.",
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
        _refuse(place, "rate has more than four decimals.")


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "item_family": _check_family,
    "modifier_group": _check_group,
    "menu": _check_menu,
    "tax": _check_rate,
}


def _check_items(catalog: Catalog, ids: dict[str, set[str]]) -> None:
    """Every item is in exactly one family, and changes only prices of modifiers there are."""
    family_of: dict[str, str] = {}
    for place, family in _rows(catalog, "item_family"):
        for item in family.item_ids or ():
            other = family_of.setdefault(item, place)
            if other != place:
                _refuse(place, f"item_ids names {item}, which {other} has already.")
    for place, item in _rows(catalog, "item"):
        if item.provider_id not in family_of:
            _refuse(place, "no item_family has it in its item_ids.")
        changed = [one.modifier_id for one in item.modifier_overrides or ()]
        _check_links(place, "modifier_overrides", changed, ids["modifier"], "modifier")


def _check_tax(catalog: Catalog) -> None:
    """tax_rate is not kept but derived, so it must agree with the default tax."""
    defaults = [(place, tax) for place, tax in _rows(catalog, "tax") if tax.is_default]
    if len(defaults) > 1:
        _refuse(defaults[1][0], f"is_default is true, but {defaults[0][0]} is the default already.")
    rate = next((tax.rate for _, tax in defaults if tax.is_active), 0.0)
    if catalog.tax_rate is not None and catalog.tax_rate != rate:
        raise BadCatalog(
            f"tax_rate is {catalog.tax_rate:g}, but the active tax with is_default has {rate:g};"
            " write both alike."
            if rate
            else f"tax_rate is {catalog.tax_rate:g}, but no active tax has is_default; add it to"
            " the tax array."
        )


def _check_cycles(catalog: Catalog) -> None:
    """No group may lead back to itself through its modifiers' groups."""
    below = {row.provider_id: row.modifier_group_ids or [] for row in catalog.modifier}
    inner = {
        group.provider_id: [one for each in group.modifier_ids or () for one in below[each]]
        for group in catalog.modifier_group
    }
    done: set[str] = set()
    for place, group in _rows(catalog, "modifier_group"):
        circle = _circle(group.provider_id, inner, done)
        if circle:
            _refuse(place, f"it leads back to itself: {' > '.join(circle)}.")


def _circle(start: str, inner: dict[str, list[str]], done: set[str]) -> list[str]:
    """A circle that is reached from `start`; what is found to be free of one goes into `done`."""
    if start in done:
        return []
    path = [start]
    waiting = [iter(inner[start])]
    while path:
        following = next(waiting[-1], None)
        if following is None:
            done.add(path.pop())
            waiting.pop()
        elif following in path:
            return [*path[path.index(following) :], following]
        elif following not in done:
            path.append(following)
            waiting.append(iter(inner[following]))
    return []
