"""Errors, which keep an object out of what Stream gets; catalog.snapshots.serializer obeys them.

The rules run in this order, because an object that one keeps out may break another: a group
needs working options, and a family with sizes needs a working size.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError

from catalog.hours import weekly as weekly_hours
from catalog.menu.loader import MenuData, Offers
from integration.api.text import is_blank

from . import cycles
from .context import Fault, MenuContext, Rows, Rule

HIGHEST_PRICE = 2**53  # Larger JSON numbers are not exact everywhere.
_PRICED = ("item_family", "item", "modifier")


def valid_rows(menu: MenuData, offers: Offers) -> Rows:
    """Return the rows by kind that Stream gets at the location of these offers."""
    context = MenuContext(menu, offers)
    for _ in faults(context):
        pass
    return context.rows_left()


def faults(context: MenuContext) -> Iterator[tuple[Rule, Fault]]:
    """Yield every fault with its rule; afterwards `context.out` holds what is kept out."""
    for rule in RULES:
        for fault in list(rule.find(context)):
            context.out[fault.kind].add(fault.key)
            yield rule, fault


def missing_name(context: MenuContext) -> Iterator[Fault]:
    for kind, rows in context.menu.rows.items():
        for key, row in rows.items():
            if is_blank(row["name"] or ""):
                yield Fault(kind, key, "It has no name. Enter one.")


def price_out_of_range(context: MenuContext) -> Iterator[Fault]:
    """Check an object's own price, if customers pay it."""
    for kind in _PRICED:
        for key, row in context.menu.rows[kind].items():
            amount = row["price_amount"]
            if amount is None or 0 <= amount <= HIGHEST_PRICE:
                continue
            if kind != "item_family" or key not in context.sizes_of:
                yield Fault(kind, key, f"Its price is {_out_of_range(context, amount)}")


def special_price_out_of_range(context: MenuContext) -> Iterator[Fault]:
    """Check prices in channels, and of options at a size."""
    for kind, prices in context.menu.dsp_prices.items():
        for key, channel_prices in prices.items():
            for row in channel_prices:
                if key in context.menu.rows[kind] and _is_out_of_range(row["price_amount"]):
                    problem = _out_of_range(context, row["price_amount"])
                    yield Fault(kind, key, f"Its price in the channel {row['dsp']} is {problem}")
    yield from _size_prices_out_of_range(context)


def _size_prices_out_of_range(context: MenuContext) -> Iterator[Fault]:
    items, modifiers = context.menu.rows["item"], context.menu.rows["modifier"]
    for key, modifier_prices in context.menu.size_prices.items():
        for modifier, amount in modifier_prices:
            if key in items and modifier in modifiers and _is_out_of_range(amount):
                option = context.named("modifier", modifier)
                problem = _out_of_range(context, amount)
                yield Fault("item", key, f"Its price for {option} is {problem}")


def location_price_out_of_range(context: MenuContext) -> Iterator[Fault]:
    for kind in _PRICED:
        for key, offer in context.offers.by_kind.get(kind, {}).items():
            amount = offer.price_amount
            if amount is None or not _is_out_of_range(amount) or key not in context.menu.rows[kind]:
                continue
            if kind != "item_family" or key not in context.sizes_of:
                yield Fault(
                    kind, key, f"Its price at this location is {_out_of_range(context, amount)}"
                )


def _is_out_of_range(amount: int) -> bool:
    return not 0 <= amount <= HIGHEST_PRICE


def _out_of_range(context: MenuContext, amount: int) -> str:
    side = "below 0" if amount < 0 else "too high"
    return f"{context.money(amount)}, which is {side}. Enter another price, or remove it."


def leads_back_to_itself(context: MenuContext) -> Iterator[Fault]:
    for key, group in cycles.options_in_cycles(context.menu).items():
        through = context.named("modifier_group", group)
        yield Fault(
            "modifier",
            key,
            f"Its nested group {through} leads back to it in an endless loop. Remove that group"
            " from this option, or an option on the way back.",
        )


def minimum_over_maximum(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["modifier_group"].items():
        minimum, maximum = row["minimum_unique_modifiers"], row["maximum_unique_modifiers"]
        if maximum is not None and minimum > maximum:
            yield Fault(
                "modifier_group",
                key,
                f"It requires at least {minimum} and at most {maximum}, so no choice is valid."
                " Lower the minimum, or raise the maximum.",
            )


def minimum_over_options(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["modifier_group"].items():
        minimum = row["minimum_unique_modifiers"]
        count = len(context.linked("group_modifiers", key, "modifier")) if minimum else 0
        if count < minimum:
            yield Fault(
                "modifier_group",
                key,
                f"It requires at least {minimum}, but {_options(count)} that Stream gets. Add"
                " options, repair broken ones, or require fewer.",
            )


def _options(count: int) -> str:
    return "has 1 option" if count == 1 else f"has {count or 'no'} options"


def size_without_family(context: MenuContext) -> Iterator[Fault]:
    families = context.menu.rows["item_family"]
    for key, row in context.menu.rows["item"].items():
        if row["family_id"] not in families:
            yield Fault(
                "item",
                key,
                "Its item family is archived. Restore the family, or archive this size.",
            )


def invalid_allergens(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["item_family"].items():
        if not _are_words(row["allergens"]):
            yield Fault(
                "item_family",
                key,
                "Its allergens are not a list of words. Enter them separated by commas.",
            )


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def no_price_and_no_size(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["item_family"].items():
        if row["price_amount"] is None and key not in context.sizes_of:
            yield Fault(
                "item_family",
                key,
                "It has neither a price nor a size, so nobody can order it. Enter a price, or"
                " add a size.",
            )


def all_sizes_kept_out(context: MenuContext) -> Iterator[Fault]:
    broken = context.out["item"]
    if not broken:
        return
    for key in context.menu.rows["item_family"]:
        sizes = context.sizes_of.get(key)
        if sizes and broken.issuperset(sizes):
            yield Fault(
                "item_family", key, "All of its sizes are kept out. Repair one of them first."
            )


def broken_schedule(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["menu"].items():
        try:
            weekly_hours.validate(row["schedule"])
        except ValidationError as error:
            yield Fault("menu", key, f"Its schedule is invalid: {_joined(error.messages)}")


def _joined(messages: Iterable[str]) -> str:
    text = " ".join(messages)
    return f"{text[:1].upper()}{text[1:]} Enter it again."


def tax_below_zero(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["tax"].items():
        if row["rate"] < 0:
            yield Fault("tax", key, f"Its rate is {row['rate']:f} percent. Enter 0 or more.")


RULES = (
    Rule("no-name", missing_name, "It has no name.", "Enter one."),
    Rule(
        "price-range",
        price_out_of_range,
        "Its price is below 0, or too high to be exact.",
        "Enter another price.",
    ),
    Rule(
        "special-price-range",
        special_price_out_of_range,
        "Its price in a channel, or of an option at this size, is below 0 or too high.",
        "Enter another price, or remove it.",
    ),
    Rule(
        "location-price-range",
        location_price_out_of_range,
        "Its price at a location is below 0 or too high; it is kept out at that location.",
        "Enter another price, or remove it.",
    ),
    Rule(
        "nested-in-itself",
        leads_back_to_itself,
        "A nested group of the option leads back to the option.",
        "Remove the group from the option, or an option on the way back.",
    ),
    Rule(
        "least-over-most",
        minimum_over_maximum,
        "The group's minimum is greater than its maximum.",
        "Lower the minimum, or raise the maximum.",
    ),
    Rule(
        "requires-too-many",
        minimum_over_options,
        "The group requires more options than Stream gets of it.",
        "Add options, repair broken ones, or require fewer.",
    ),
    Rule(
        "size-without-family",
        size_without_family,
        "The size is not archived, but its item family is.",
        "Restore the family, or archive the size.",
    ),
    Rule(
        "allergens",
        invalid_allergens,
        "The allergens are not a list of words.",
        "Enter them separated by commas.",
    ),
    Rule(
        "no-price-no-size",
        no_price_and_no_size,
        "The family has neither a price nor a size, so nobody can order it.",
        "Enter a price, or add a size.",
    ),
    Rule(
        "all-sizes-out",
        all_sizes_kept_out,
        "All sizes of the family are kept out.",
        "Repair one of them.",
    ),
    Rule(
        "menu-times",
        broken_schedule,
        "The menu's windows overlap, end before they begin, or are malformed.",
        "Enter them again.",
    ),
    Rule("tax-below-zero", tax_below_zero, "The rate is below 0.", "Enter 0 or more."),
)
