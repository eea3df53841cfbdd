"""Parts that both file versions write alike: variations, modifiers, rules, taxes."""

from decimal import Decimal
from typing import Any

from . import fields as read
from .fields import Fields
from .report import Report, Unusable
from .schema import SINGLE, Family, Modifier, ModifierGroup, Rules, Tax, Variation

_MAXIMUM_RATE = 100


def tax(fields: Fields, report: Report) -> Tax:
    """Read a tax; its rate is exact as written, up to 15 digits."""
    stream_id, rate = read.stream_id(fields), fields.get("rate")
    is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
    if rate is None or not is_number or not 0 <= rate <= _MAXIMUM_RATE:
        raise Unusable("rate", "rate is missing or not a percentage.")
    report.count()
    return Tax(
        stream_id=stream_id,
        name=read.name(fields),
        rate=Decimal(str(rate)),
        is_default=read.flag(fields, "is_default", False, "tax", report),
        is_inclusive=read.flag(fields, "is_inclusive", False, "tax", report),
    )


def variation(
    fields: Fields, report: Report, modifier_prices: tuple[tuple[str, int], ...] = ()
) -> Variation:
    """Read a v1 variation or a v2 item."""
    stream_id = read.stream_id(fields)
    amount = read.price(fields)
    read.currency(fields, report)
    report.count(len(modifier_prices))
    return Variation(
        stream_id=stream_id,
        name=read.name(fields),
        price=amount,
        is_active=read.flag(fields, "is_active", True, "variation", report),
        sku=read.text(fields, "sku", "variation", report),
        upc=read.text(fields, "upc", "variation", report),
        stock_count=_stock(fields, report),
        modifier_prices=modifier_prices,
    )


def _stock(fields: Fields, report: Report) -> int | None:
    """Return the stock; a POS that sold more than it had counts below zero, which is none."""
    value = fields.get("stock_count")
    if isinstance(value, int | float) and value < 0:
        return 0
    return read.count(fields, "stock_count", "variation", report)


def modifier(fields: Fields, report: Report, groups: tuple[ModifierGroup, ...] = ()) -> Modifier:
    stream_id = read.stream_id(fields)
    amount = read.price(fields)
    read.currency(fields, report)
    report.count(len(groups))
    return Modifier(
        stream_id=stream_id,
        name=read.name(fields),
        price=amount,
        is_active=read.flag(fields, "is_active", True, "modifier", report),
        image_url=read.image_url(fields, "modifier", report),
        groups=groups,
    )


def family(
    fields: Fields,
    variations: tuple[Variation, ...],
    groups: tuple[ModifierGroup, ...],
    tax_ids: frozenset[str],
    report: Report,
) -> Family:
    """Read a v1 item or a v2 item family."""
    stream_id, name = read.stream_id(fields), read.name(fields)
    if not variations:
        raise Unusable("no_variations", "It has no variation that can be ordered.")
    report.count(len(variations) + len(groups))
    return Family(
        stream_id=stream_id,
        name=name,
        variations=variations,
        groups=groups,
        tax_ids=_tax_ids(fields, tax_ids, report),
        description=read.text(fields, "description", "family", report),
        image_url=read.image_url(fields, "family", report),
        allergens=_allergens(fields, report),
        is_active=read.flag(fields, "is_active", True, "family", report),
        is_alcohol=read.flag(fields, "is_alcohol", False, "family", report),
        default_variation_id=_default_variation(fields, variations, report),
    )


def _tax_ids(fields: Fields, known: frozenset[str], report: Report) -> tuple[str, ...]:
    named = read.ids(fields, "tax_ids", "family", report)
    for missing in named:
        if missing not in known:
            read.unknown(fields, "tax_ids", missing, "family", report)
    return tuple(tax_id for tax_id in named if tax_id in known)


def _allergens(fields: Fields, report: Report) -> tuple[str, ...]:
    values = read.optional_list(fields, "allergens", "family", report)
    return tuple(dict.fromkeys(value for value in values if read.is_id(value)))


def _default_variation(fields: Fields, variations: tuple[Variation, ...], report: Report) -> str:
    value = fields.get("default_item_id")
    if value is None:
        return ""
    if any(one.stream_id == value for one in variations):
        return str(value)
    if read.is_id(value):
        read.unknown(fields, "default_item_id", value, "family", report)
    else:
        read.ignore(fields, "default_item_id", "family", report)
    return ""


def rules(fields: Fields, override: Fields | None, modifier_ids: set[str], report: Report) -> Rules:
    """Read a group's rules; fields of the override come before those of the group.

    Default quantities may stand in the rules or beside them.
    """
    told = _rules_of(fields, "rules", report)
    if override is not None:
        told = told | {field: value for field, value in override.items() if value is not None}
    told["stream_id"] = fields.get("stream_id")
    minimum = read.count(told, "minimum_unique_modifiers_allowed", "modifier_group", report) or 0
    maximum = read.count(told, "maximum_unique_modifiers_allowed", "modifier_group", report)
    selection = read.text(told, "selection_type", "modifier_group", report)
    return Rules(
        minimum=minimum,
        maximum=maximum if maximum and maximum >= minimum else None,
        free=read.count(told, "amount_of_modifiers_free", "modifier_group", report) or 0,
        selection_type=selection[:40] or SINGLE,
        defaults=_defaults(fields, told, modifier_ids, report),
    )


def _rules_of(fields: Fields, field: str, report: Report) -> dict[str, Any]:
    value = fields.get(field)
    if value is not None and not isinstance(value, dict):
        read.ignore(fields, field, "modifier_group", report)
    return dict(value) if isinstance(value, dict) else {}


def _defaults(
    fields: Fields, told: Fields, modifier_ids: set[str], report: Report
) -> tuple[tuple[str, int], ...]:
    field = "default_modifier_quantities"
    quantities = told.get(field, fields.get(field))
    if quantities is None:
        return ()
    if not isinstance(quantities, dict):
        read.ignore(fields, field, "modifier_group", report)
        return ()
    defaults = []
    for modifier_id, value in quantities.items():
        quantity = read.whole(value, 1_000)
        if modifier_id not in modifier_ids:
            read.unknown(fields, field, modifier_id, "modifier_group", report)
        elif quantity is None:
            read.ignore(fields, field, "modifier_group", report)
        elif quantity:
            defaults.append((modifier_id, quantity))
    return tuple(defaults)
