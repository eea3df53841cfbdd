"""Warnings about what customers choose from: sizes, options, and names they cannot tell apart.

A warning keeps nothing out.
"""

from collections.abc import Iterable, Iterator

from catalog.menu.loader import MenuData

from .context import Fault, MenuContext, Rule
from .link_warnings import LISTS


def too_few_available(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["modifier_group"].items():
        minimum = row["minimum_unique_modifiers"]
        if not minimum or key in context.out["modifier_group"]:
            continue
        options = context.linked("group_modifiers", key, "modifier")
        count = sum(context.is_on("modifier", option) for option in options)
        if count < minimum:
            yield Fault(
                "modifier_group",
                key,
                f"It requires at least {minimum}, but only {count} of its options"
                f" {'is' if count == 1 else 'are'} on, so nothing with it can be ordered. Switch"
                " options on, or require fewer.",
            )


def all_sizes_off(context: MenuContext) -> Iterator[Fault]:
    for key, sizes in context.sizes_of.items():
        if key not in context.menu.rows["item_family"] or not context.is_on("item_family", key):
            continue
        if not any(context.is_on("item", size) for size in sizes):
            yield Fault(
                "item_family",
                key,
                "It is on, but all of its sizes are off, so nobody can order it. Switch a size on,"
                " or the whole family off.",
            )


def required_group_kept_out(context: MenuContext) -> Iterator[Fault]:
    groups, out = context.menu.rows["modifier_group"], context.out["modifier_group"]
    for link in ("family_groups", "modifier_groups") if out else ():
        kind = LISTS[link][0]
        for owner in context.menu.rows[kind]:
            for key in out.intersection(context.menu.links[link].get(owner, ())):
                if groups[key]["minimum_unique_modifiers"]:
                    yield Fault(
                        kind,
                        owner,
                        f"Its required group {context.named('modifier_group', key)} is kept out,"
                        " so orders for it will be refused. Repair the group, or remove it from"
                        " here.",
                    )


def invalid_default_size(context: MenuContext) -> Iterator[Fault]:
    for key, row in context.menu.rows["item_family"].items():
        default = row["default_item_id"]
        if default is not None and default not in context.sizes_of.get(key, ()):
            yield Fault(
                "item_family",
                key,
                "Its default size is archived or belongs to another family, so Stream gets no"
                " default. Choose one of its sizes, or none.",
            )


def invalid_default_quantities(context: MenuContext) -> Iterator[Fault]:
    rows = context.menu.rows
    quantities: dict[int, list[int]] = {}
    for (group, option), count in context.menu.default_quantities.items():
        if group in rows["modifier_group"] and option in rows["modifier"]:
            quantities.setdefault(group, []).append(count)
    for key, counts in quantities.items():
        row = rows["modifier_group"][key]
        maximum = row["maximum_unique_modifiers"]
        if maximum is not None and len(counts) > maximum:
            yield Fault(
                "modifier_group",
                key,
                f"{len(counts)} of its options are preselected, but at most {maximum} may be"
                " chosen. Set default quantities to 0, or raise the maximum.",
            )
        if row["selection_type"] == "single" and max(counts) > 1:
            yield Fault(
                "modifier_group",
                key,
                f"An option is preselected {max(counts)} times, but each may be chosen only once."
                " Enter 1, or allow options to be chosen more than once.",
            )


def unused_size_price(context: MenuContext) -> Iterator[Fault]:
    offered: dict[int, set[int]] = {}
    for item, prices in context.menu.size_prices.items():
        row = context.menu.rows["item"].get(item)
        if row is None:
            continue
        family = row["family_id"]
        if family not in offered:
            offered[family] = _options_of(context.menu, family)
        for modifier, _ in prices:
            if modifier in context.menu.rows["modifier"] and modifier not in offered[family]:
                option = context.named("modifier", modifier)
                yield Fault(
                    "item",
                    item,
                    f"It has a price for {option}, which no modifier group of its family offers."
                    " Remove the price, or add the option to a group.",
                )


def _options_of(menu: MenuData, family: int) -> set[int]:
    """Return all options that can be chosen with the family, at any depth."""
    options: set[int] = set()
    groups = set(menu.links["family_groups"].get(family, ()))
    following = list(groups)
    while following:
        fresh = set(menu.links["group_modifiers"].get(following.pop(), ())) - options
        options |= fresh
        for option in fresh:
            nested = set(menu.links["modifier_groups"].get(option, ())) - groups
            groups |= nested
            following += nested
    return options


def duplicate_name(context: MenuContext) -> Iterator[Fault]:
    lists = (
        ("category", "item_family", context.menu.links["category_families"], "dish"),
        ("modifier_group", "modifier", context.menu.links["group_modifiers"], "option"),
        ("item_family", "item", context.sizes_of, "size"),
    )
    for owner_kind, kind, links, noun in lists:
        rows = context.menu.rows[kind]
        for owner in context.menu.rows[owner_kind]:
            for key in _repeated(
                (key, rows[key]["name"]) for key in links.get(owner, ()) if key in rows
            ):
                yield Fault(
                    kind,
                    key,
                    f"Another {noun} of {context.named(owner_kind, owner)} has the same name."
                    " Rename one, or remove it there.",
                )


def _repeated(names: Iterable[tuple[int, str]]) -> Iterator[int]:
    seen: set[str] = set()
    for key, name in names:
        normalized = name.strip().casefold()
        if normalized and normalized in seen:
            yield key
        seen.add(normalized)


RULES = (
    Rule(
        "requires-too-many-on",
        too_few_available,
        "The group requires more options than are on, everywhere or at a location.",
        "Switch options on, or require fewer.",
        per_location=True,
    ),
    Rule(
        "no-size-on",
        all_sizes_off,
        "The family is on, but all of its sizes are off, everywhere or at a location.",
        "Switch a size on, or the whole family off.",
        per_location=True,
    ),
    Rule(
        "required-group-out",
        required_group_kept_out,
        "A required group is kept out, so orders will be refused.",
        "Repair the group, or remove it from here.",
        per_location=True,
    ),
    Rule(
        "default-size",
        invalid_default_size,
        "The family's default size is archived or another family's, so Stream gets no default.",
        "Choose one of its sizes, or none.",
    ),
    Rule(
        "default-quantities",
        invalid_default_quantities,
        "More options are preselected than may be chosen, or one of them too often.",
        "Lower the default quantities.",
    ),
    Rule(
        "size-price-unused",
        unused_size_price,
        "A size has a price for an option that its family does not offer.",
        "Remove the price, or add the option to a group.",
    ),
    Rule(
        "same-name",
        duplicate_name,
        "Two families of a category, options of a group, or sizes of a family have the same name.",
        "Rename one, or remove it.",
    ),
)
