"""What is probably not meant, about one object alone. A warning keeps nothing out."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError

from catalog.hours import special_days
from catalog.hours import weekly as weekly_hours
from catalog.models.offers import channel_validator

from .context import Fault, Rule, Sight

# Where channels begin to cut what customers read; Stream itself names no limit.
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000


def price_zero(sight: Sight) -> Iterator[Fault]:
    for kind in ("item_family", "item"):
        rows = sight.menu.rows[kind]
        free = [key for key, row in rows.items() if row["price_amount"] == 0]
        offers = sight.offers.by_kind.get(kind, {})
        free += [key for key, offer in offers.items() if offer.price_amount == 0 and key in rows]
        for key in dict.fromkeys(free):
            if kind != "item_family" or key not in sight.sizes_of:
                yield Fault(kind, key, "Its price is 0. Write a price, unless it is meant as free.")


def text_too_long(sight: Sight) -> Iterator[Fault]:
    for kind, rows in sight.menu.rows.items():
        for key, row in rows.items():
            name, description = len(row["name"]), len(row.get("description") or "")
            if name > LONGEST_NAME:
                yield Fault(kind, key, f"Its name has {name} letters. {_shorten(LONGEST_NAME)}")
            if description > LONGEST_DESCRIPTION:
                yield Fault(
                    kind,
                    key,
                    f"Its description has {description} letters. {_shorten(LONGEST_DESCRIPTION)}",
                )


def _shorten(most: int) -> str:
    return f"Channels may cut it: write {most:,} at most."


def channel_unknown(sight: Sight) -> Iterator[Fault]:
    for kind, prices in sight.menu.dsp_prices.items():
        for key, of_channels in prices.items():
            for one in of_channels:
                if key in sight.menu.rows[kind] and not _is_channel(one["dsp"]):
                    yield Fault(
                        kind,
                        key,
                        f"It has a price in the channel “{one['dsp']}”, and no order is looked up"
                        " by that name. Write it in lower case, without blanks: uber.",
                    )


def _is_channel(name: str) -> bool:
    try:
        channel_validator(name)
    except ValidationError:
        return False
    return True


def never_sold(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["menu"].items():
        if key not in sight.out["menu"] and not any(row["schedule"].values()):
            yield Fault(
                "menu",
                key,
                "It is closed all week, so nothing on it is sold by it. Write a time, or archive"
                " it.",
            )


def opening_hours(sight: Sight) -> Iterator[Fault]:
    if sight.location is None:
        return
    try:
        weekly_hours.validate(sight.location.hours)
        special_days.validate(sight.location.special_days)
    except ValidationError as error:
        said = " ".join(error.messages)
        yield Fault(
            "location",
            sight.location.pk,
            f"Its opening hours cannot be read: {said[:1].upper()}{said[1:]} Write them anew.",
        )


def none_may_be_taken(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["modifier_group"].items():
        if row["maximum_unique_modifiers"] == 0 and not row["minimum_unique_modifiers"]:
            yield Fault(
                "modifier_group",
                key,
                "At most 0 of its options may be taken. Write a higher number, or leave it empty.",
            )


def default_tax_off(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["tax"].items():
        if row["is_default"] and not row["is_active"]:
            yield Fault(
                "tax",
                key,
                "It is the default tax and switched off, so the default rate Stream gets is 0."
                " Switch it on, or make another the default.",
            )


def id_of_a_twin(sight: Sight) -> Iterator[Fault]:
    """Stream calls a family without sizes by `<family>_item`, too (contract WH, ORD-NEW)."""
    twins = {
        f"{row['provider_id']}_item": key
        for key, row in sight.menu.rows["item_family"].items()
        if key not in sight.sizes_of
    }
    for kind, rows in sight.menu.rows.items():
        for key, row in rows.items():
            if row["provider_id"] in twins:
                family = sight.named("item_family", twins[row["provider_id"]])
                yield Fault(
                    kind,
                    key,
                    f"Its ID is also what Stream calls the item family {family} in orders. Make it"
                    " anew with another ID, and archive this one.",
                )


RULES = (
    Rule(
        "price-zero",
        price_zero,
        "A family without sizes, or a size, costs 0, everywhere or at a location.",
        "Write a price, unless it is meant as free.",
        by_place=True,
    ),
    Rule(
        "text-too-long",
        text_too_long,
        f"A name has more than {LONGEST_NAME} letters, or a description more than"
        f" {LONGEST_DESCRIPTION:,}.",
        "Shorten it: channels may cut it.",
    ),
    Rule(
        "channel-name",
        channel_unknown,
        "A channel price has a channel in upper case or with blanks, so no order finds it.",
        "Write it like `uber`.",
    ),
    Rule("never-sold", never_sold, "The menu is closed all week.", "Write a time, or archive it."),
    Rule(
        "opening-hours",
        opening_hours,
        "The location's opening hours or special days overlap, end before they begin, or are no"
        " times.",
        "Write them anew.",
        by_place=True,
    ),
    Rule(
        "none-may-be-taken",
        none_may_be_taken,
        "The group allows at most 0 options.",
        "Write a higher number, or leave it empty.",
    ),
    Rule(
        "default-tax-off",
        default_tax_off,
        "The default tax is switched off, so Stream gets the default rate 0.",
        "Switch it on, or make another the default.",
    ),
    Rule(
        "id-of-a-twin",
        id_of_a_twin,
        "The ID is that of a family without sizes with `_item` behind it, by which Stream calls"
        " the family, too.",
        "Make the object anew with another ID, and archive this one.",
    ),
)
