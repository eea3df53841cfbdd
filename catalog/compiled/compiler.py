"""Compile a merchant's menu from the database, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from catalog import models
from integration.models import Merchant

from .menu import Family, Group, Menu, Sold


def compile_menu(merchant: Merchant) -> Menu:
    """Read what orders need of the menu; the caller makes the reads consistent."""
    items = _items(merchant)
    families, families_of_items = _families(merchant, {item.family for item in items.values()})
    return Menu(
        items=items,
        families=families,
        modifiers=_modifiers(merchant),
        families_of_items=families_of_items,
        groups=_groups(merchant),
        groups_of_families=_groups_below(models.FamilyModifierGroup, "family", merchant),
        groups_of_modifiers=_groups_below(models.ModifierNestedGroup, "modifier", merchant),
        defaults=_defaults(merchant),
        options=_options(merchant),
        size_prices=_size_prices(merchant),
    )


_SOLD = ("pk", "provider_id", "name", "is_active", "price_amount")


def _of(model: Any, merchant: Merchant) -> Any:
    return model.objects.filter(merchant=merchant, archived_at=None).order_by()


def _items(merchant: Merchant) -> dict[str, Sold]:
    prices = _dsp_prices(models.ItemDspPrice, merchant)
    return {
        row[1]: _sold(row, prices, family=family)
        for *row, family in _of(models.Item, merchant).values_list(*_SOLD, "family_id")
    }


def _sold(row: Sequence[Any], prices: dict[int, dict[str, int]], **more: Any) -> Sold:
    key, provider_id, name, is_active, price = row
    at_dsps = prices.get(key)
    return Sold(key, provider_id, name, is_active, price, dsp_prices=at_dsps, **more)


def _families(
    merchant: Merchant, with_items: set[int]
) -> tuple[dict[str, Sold], dict[int, Family]]:
    """Return the families that are sold, and those of items, which may be archived."""
    prices = _dsp_prices(models.FamilyDspPrice, merchant)
    sold: dict[str, Sold] = {}
    of_items: dict[int, Family] = {}
    rows = models.ItemFamily.objects.filter(merchant=merchant).order_by()
    for *row, archived_at in rows.values_list(*_SOLD, "archived_at"):
        key, provider_id, name, is_active, _ = row
        has_items = key in with_items
        if archived_at is None:
            sold[provider_id] = _sold(row, prices, has_items=has_items)
        if has_items:
            of_items[key] = Family(key, provider_id, name, is_active and archived_at is None)
    return sold, of_items


def _modifiers(merchant: Merchant) -> dict[str, Sold]:
    prices = _dsp_prices(models.ModifierDspPrice, merchant)
    return {
        row[1]: _sold(row, prices) for row in _of(models.Modifier, merchant).values_list(*_SOLD)
    }


def _groups(merchant: Merchant) -> dict[int, Group]:
    columns = (
        "pk", "provider_id", "name", "is_active", "minimum_unique_modifiers",
        "maximum_unique_modifiers", "selection_type", "free_modifiers",
    )  # fmt: skip
    rows = _of(models.ModifierGroup, merchant).values_list(*columns)
    return {row[0]: Group(*row) for row in rows}


def _groups_below(links: Any, owner: str, merchant: Merchant) -> dict[int, tuple[int, ...]]:
    """Return each owner's groups by key: a refusal must always read the same."""
    rows = links.objects.filter(
        **{f"{owner}__merchant": merchant}, group__merchant=merchant, group__archived_at=None
    )
    below: dict[int, list[int]] = defaultdict(list)
    for key, group in rows.order_by("group_id").values_list(f"{owner}_id", "group_id"):
        below[key].append(group)
    return {key: tuple(groups) for key, groups in below.items()}


def _defaults(merchant: Merchant) -> dict[int, dict[int, int]]:
    members = models.GroupModifier.objects.filter(group__merchant=merchant, group__archived_at=None)
    defaults: dict[int, dict[int, int]] = defaultdict(dict)
    rows = members.order_by().values_list("modifier_id", "group_id", "default_quantity")
    for modifier, group, quantity in rows:
        defaults[modifier][group] = quantity
    return dict(defaults)


def _options(merchant: Merchant) -> dict[int, tuple[int, ...]]:
    members = models.GroupModifier.objects.filter(
        group__merchant=merchant,
        group__minimum_unique_modifiers__gt=0,
        modifier__archived_at=None,
        modifier__is_active=True,
    )
    options: dict[int, list[int]] = defaultdict(list)
    for group, modifier in members.order_by().values_list("group_id", "modifier_id"):
        options[group].append(modifier)
    return {group: tuple(modifiers) for group, modifiers in options.items()}


def _size_prices(merchant: Merchant) -> dict[int, dict[int, int]]:
    prices: dict[int, dict[int, int]] = defaultdict(dict)
    rows = models.ItemModifierPrice.objects.filter(item__merchant=merchant).order_by()
    for item, modifier, amount in rows.values_list("item_id", "modifier_id", "price_amount"):
        prices[item][modifier] = amount
    return dict(prices)


def _dsp_prices(model: Any, merchant: Merchant) -> dict[int, dict[str, int]]:
    prices: dict[int, dict[str, int]] = defaultdict(dict)
    rows = model.objects.filter(object__merchant=merchant).order_by()
    for key, dsp, amount in rows.values_list("object_id", "dsp", "price_amount"):
        prices[key][dsp] = amount
    return dict(prices)
