"""Warnings about single objects. A warning keeps nothing out."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError

from catalog.hours import special_days
from catalog.hours import weekly as weekly_hours
from catalog.models.offers import channel_validator

from .context import Fault, MenuContext, Rule

# Channels may truncate longer texts; Stream itself sets no limit.
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000


def price_zero(context: MenuContext) -> Iterator[Fault]:
    for kind in ("item_family", "item"):
        rows = context.menu.rows[kind]
        free = [key for key, row in rows.items() if row["price_amount"] == 0]
        offers = context.offers.by_kind.get(kind, {})
        free += [key for key, offer in offers.items() if offer.price_amount == 0 and key in rows]
        for key in dict.fromkeys(free):
            if kind != "item_family" or key not in context.sizes_of:
                yield Fault(kind, key, "Its price is 0. Enter a price, unless it is free.")


def text_too_long(context: MenuContext) -> Iterator[Fault]:
    for kind, rows in context.menu.rows.items():
        for key, row in rows.items():
            name, description = len(row["name"]), len(row.get("description") or "")
            if name > LONGEST_NAME:
                yield Fault(kind, key, f"Its name has {name} characters. {_shorten(LONGEST_NAME)}")
            if description > LONGEST_DESCRIPTION:
                yield Fault(
                    kind,
                    key,
                    f"Its description has {description} characters."
                    f" {_shorten(LONGEST_DESCRIPTION)}",
                )


def _shorten(maximum: int) -> str:
    return f"Channels may truncate it: use at most {maximum:,}."


def channel_unknown(context: MenuContext) -> Iterator[Fault]:
    for kind, prices in context.menu.dsp_prices.items():
        for key, channel_prices in prices.items():
            for row in channel_prices:
                if key in context.menu.rows[kind] and not _is_channel(row["dsp"]):
                    yield Fault(
                        kind,
                        key,
                        f"It has a price in the channel “{row['dsp']}”, but orders are never looked"
                        " up by that name. Enter it in lowercase, without spaces: uber.",
                    )


def _is_channel(name: str) -> bool:
    try:
        channel_validator(name)
    except ValidationError:
        return False
    return True


def never_sold(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["menu"].items():
        if key not in context.out["menu"] and not any(row["schedule"].values()):
            yield Fault(
                "menu",
                key,
                "It is closed all week, so it sells nothing. Enter hours, or archive it.",
            )


def opening_hours(context: MenuContext) -> Iterator[Fault]:
    if context.location is None:
        return
    try:
        weekly_hours.validate(context.location.hours)
        special_days.validate(context.location.special_days)
    except ValidationError as error:
        messages = " ".join(error.messages)
        yield Fault(
            "location",
            context.location.pk,
            f"Its opening hours are invalid: {messages[:1].upper()}{messages[1:]} Enter them"
            " again.",
        )


def maximum_zero(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["modifier_group"].items():
        if row["maximum_unique_modifiers"] == 0 and not row["minimum_unique_modifiers"]:
            yield Fault(
                "modifier_group",
                key,
                "At most 0 of its options may be chosen. Enter a higher number, or leave it empty.",
            )


def default_tax_off(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["tax"].items():
        if row["is_default"] and not row["is_active"]:
            yield Fault(
                "tax",
                key,
                "It is the default tax but switched off, so Stream gets a default rate of 0."
                " Switch it on, or make another tax the default.",
            )


def twin_id(context: MenuContext) -> Iterator[Fault]:
    """Find IDs of the form `<family>_item`, which Stream also uses for families without sizes.

    Contract WH, ORD-NEW.
    """
    twins = {
        f"{row['provider_id']}_item": key
        for key, row in context.menu.rows["item_family"].items()
        if key not in context.sizes_of
    }
    for kind, rows in context.menu.rows.items():
        for key, row in rows.items():
            if row["provider_id"] in twins:
                family = context.named("item_family", twins[row["provider_id"]])
                yield Fault(
                    kind,
                    key,
                    f"Stream uses its ID for the item family {family} in orders. Create it again"
                    " with another ID, and archive this one.",
                )


RULES = (
    Rule(
        "price-zero",
        price_zero,
        "The price of a family without sizes, or of a size, is 0, everywhere or at a location.",
        "Enter a price, unless it is free.",
        per_location=True,
    ),
    Rule(
        "text-too-long",
        text_too_long,
        f"A name has more than {LONGEST_NAME} characters, or a description more than"
        f" {LONGEST_DESCRIPTION:,}.",
        "Shorten it: channels may truncate it.",
    ),
    Rule(
        "channel-name",
        channel_unknown,
        "The channel of a channel price has uppercase letters or spaces, so no order matches it.",
        "Enter it like `uber`.",
    ),
    Rule("never-sold", never_sold, "The menu is closed all week.", "Enter hours, or archive it."),
    Rule(
        "opening-hours",
        opening_hours,
        "The location's opening hours or special days overlap, end before they begin, or are"
        " malformed.",
        "Enter them again.",
        per_location=True,
    ),
    Rule(
        "none-may-be-taken",
        maximum_zero,
        "The group allows at most 0 options.",
        "Enter a higher number, or leave it empty.",
    ),
    Rule(
        "default-tax-off",
        default_tax_off,
        "The default tax is switched off, so Stream gets a default rate of 0.",
        "Switch it on, or make another tax the default.",
    ),
    Rule(
        "id-of-a-twin",
        twin_id,
        "The ID is a family's ID followed by `_item`, which Stream uses for a family without"
        " sizes.",
        "Create the object again with another ID, and archive this one.",
    ),
)
