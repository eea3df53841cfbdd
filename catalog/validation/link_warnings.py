"""What is probably not meant in how objects hang together. A warning keeps nothing out."""

from collections.abc import Iterable, Iterator

from catalog.menu.loader import MenuData

from .context import Fault, Rule, Sight

_LISTS = {  # Each link: who lists, what is listed, and its name for people.
    "menu_categories": ("menu", "category", "categories"),
    "category_families": ("category", "item_family", "item families"),
    "family_groups": ("item_family", "modifier_group", "modifier groups"),
    "modifier_groups": ("modifier", "modifier_group", "modifier groups"),
    "group_modifiers": ("modifier_group", "modifier", "options"),
}
_NOWHERE = {
    "category": "It is on no menu. Put it on one, or archive it.",
    "item_family": "It is in no category. Put it into one, or archive it.",
    "modifier_group": "No item family and no option uses it. Put it on one, or archive it.",
    "modifier": "It is in no modifier group. Put it into one, or archive it.",
}


def unreachable(sight: Sight) -> Iterator[Fault]:
    rows = sight.menu.rows
    listed: dict[str, set[int]] = {kind: set() for kind in _NOWHERE}
    for link, (owner_kind, kind, _) in _LISTS.items():
        for owner, keys in sight.menu.links[link].items():
            if owner in rows[owner_kind]:
                listed[kind].update(keys)
    for kind, advice in _NOWHERE.items():
        for key in rows[kind].keys() - listed[kind]:
            yield Fault(kind, key, advice)


def nothing_listed(sight: Sight) -> Iterator[Fault]:
    for link in ("menu_categories", "category_families", "group_modifiers"):
        owner_kind, kind, name = _LISTS[link]
        for key in sight.menu.rows[owner_kind]:
            if key not in sight.out[owner_kind] and not sight.linked(link, key, kind):
                yield Fault(
                    owner_kind, key, f"It has no {name} that Stream gets. Add some, or archive it."
                )


def archived_listed(sight: Sight) -> Iterator[Fault]:
    for link, (owner_kind, kind, name) in _LISTS.items():
        there = sight.menu.rows[kind]
        for owner, keys in sight.menu.links[link].items():
            gone = sum(key not in there for key in keys)
            if gone and owner in sight.menu.rows[owner_kind]:
                yield Fault(
                    owner_kind,
                    owner,
                    f"Of the {name} it lists, {gone} {'is' if gone == 1 else 'are'} archived, and"
                    " Stream gets none of these. Remove them from it, or bring them back.",
                )


def tax_gone(sight: Sight) -> Iterator[Fault]:
    taxes = sight.menu.rows["tax"]
    for family, keys in sight.menu.links["family_taxes"].items():
        if family not in sight.menu.rows["item_family"]:
            continue
        if any(key not in taxes for key in keys):
            yield Fault(
                "item_family",
                family,
                "It lists a tax that is archived, so Stream does not get that. Remove it, or"
                " bring the tax back.",
            )
        for key in keys:
            if key in taxes and not taxes[key]["is_active"]:
                name = sight.named("tax", key)
                yield Fault(
                    "item_family",
                    family,
                    f"Its tax {name} is switched off. Switch it on, or remove it from here.",
                )


def too_few_on(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["modifier_group"].items():
        least = row["minimum_unique_modifiers"]
        if not least or key in sight.out["modifier_group"]:
            continue
        options = sight.linked("group_modifiers", key, "modifier")
        count = sum(sight.is_on("modifier", option) for option in options)
        if count < least:
            yield Fault(
                "modifier_group",
                key,
                f"It asks for at least {least}, and only {count} of its options"
                f" {'is' if count == 1 else 'are'} on, so nothing with it can be ordered. Switch"
                " options on, or ask for fewer.",
            )


def no_size_on(sight: Sight) -> Iterator[Fault]:
    for key, sizes in sight.sizes_of.items():
        if key not in sight.menu.rows["item_family"] or not sight.is_on("item_family", key):
            continue
        if not any(sight.is_on("item", size) for size in sizes):
            yield Fault(
                "item_family",
                key,
                "It is on, and every one of its sizes is off, so nobody can order it. Switch a"
                " size on, or the whole family off.",
            )


def required_group_out(sight: Sight) -> Iterator[Fault]:
    groups, out = sight.menu.rows["modifier_group"], sight.out["modifier_group"]
    for link in ("family_groups", "modifier_groups") if out else ():
        kind = _LISTS[link][0]
        for owner in sight.menu.rows[kind]:
            for key in out.intersection(sight.menu.links[link].get(owner, ())):
                if groups[key]["minimum_unique_modifiers"]:
                    yield Fault(
                        kind,
                        owner,
                        f"Its group {sight.named('modifier_group', key)}, of which something must"
                        " be taken, is kept out: orders for it will be refused. Repair the group,"
                        " or remove it from here.",
                    )


def default_size(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["item_family"].items():
        chosen = row["default_item_id"]
        if chosen is not None and chosen not in sight.sizes_of.get(key, ()):
            yield Fault(
                "item_family",
                key,
                "Its default size is archived or another family's, so Stream gets no default."
                " Choose one of its sizes, or none.",
            )


def default_quantities(sight: Sight) -> Iterator[Fault]:
    quantities: dict[int, list[int]] = {}
    for (group, option), count in sight.menu.default_quantities.items():
        if group in sight.menu.rows["modifier_group"] and option in sight.menu.rows["modifier"]:
            quantities.setdefault(group, []).append(count)
    for key, counts in quantities.items():
        row = sight.menu.rows["modifier_group"][key]
        most = row["maximum_unique_modifiers"]
        if most is not None and len(counts) > most:
            yield Fault(
                "modifier_group",
                key,
                f"{len(counts)} of its options are chosen from the start, and at most {most} may"
                " be. Lower the quantities at the start to 0, or raise the number.",
            )
        if row["selection_type"] == "single" and max(counts) > 1:
            yield Fault(
                "modifier_group",
                key,
                f"An option is chosen {max(counts)} times from the start, and each may be taken"
                " once. Write 1, or let options be taken more than once.",
            )


def size_price_unused(sight: Sight) -> Iterator[Fault]:
    offered: dict[int, set[int]] = {}
    for item, prices in sight.menu.size_prices.items():
        row = sight.menu.rows["item"].get(item)
        if row is None:
            continue
        family = row["family_id"]
        if family not in offered:
            offered[family] = _options_of(sight.menu, family)
        for modifier, _ in prices:
            if modifier in sight.menu.rows["modifier"] and modifier not in offered[family]:
                option = sight.named("modifier", modifier)
                yield Fault(
                    "item",
                    item,
                    f"It has a price for {option}, which no modifier group of its family offers."
                    " Remove that price, or add the option to a group.",
                )


def _options_of(menu: MenuData, family: int) -> set[int]:
    """Whatever may be chosen with it, at any depth."""
    options: set[int] = set()
    groups = set(menu.links["family_groups"].get(family, ()))
    following = list(groups)
    while following:
        fresh = set(menu.links["group_modifiers"].get(following.pop(), ())) - options
        options |= fresh
        for option in fresh:
            more = set(menu.links["modifier_groups"].get(option, ())) - groups
            groups |= more
            following += more
    return options


def same_name(sight: Sight) -> Iterator[Fault]:
    lists = (
        ("category", "item_family", sight.menu.links["category_families"], "dish"),
        ("modifier_group", "modifier", sight.menu.links["group_modifiers"], "option"),
        ("item_family", "item", sight.sizes_of, "size"),
    )
    for owner_kind, kind, links, word in lists:
        rows = sight.menu.rows[kind]
        for owner in sight.menu.rows[owner_kind]:
            for key in _repeated(
                (key, rows[key]["name"]) for key in links.get(owner, ()) if key in rows
            ):
                yield Fault(
                    kind,
                    key,
                    f"Another {word} of {sight.named(owner_kind, owner)} has the same name."
                    " Rename one, or remove it there.",
                )


def _repeated(names: Iterable[tuple[int, str]]) -> Iterator[int]:
    seen: set[str] = set()
    for key, name in names:
        plain = name.strip().casefold()
        if plain and plain in seen:
            yield key
        seen.add(plain)


RULES = (
    Rule(
        "unreachable",
        unreachable,
        "A category on no menu, a family in no category, a group used by nothing, or an option in"
        " no group.",
        "Put it where it belongs, or archive it.",
    ),
    Rule(
        "nothing-in-it",
        nothing_listed,
        "A menu, category or group without anything that Stream gets.",
        "Add something, or archive it.",
    ),
    Rule(
        "archived-in-it",
        archived_listed,
        "It lists objects that are archived; Stream does not get them.",
        "Remove them from it, or bring them back.",
    ),
    Rule(
        "tax-gone",
        tax_gone,
        "The family lists a tax that is archived or switched off.",
        "Remove it, or bring the tax back.",
    ),
    Rule(
        "requires-too-many-on",
        too_few_on,
        "The group asks for more options than are on, everywhere or at a location.",
        "Switch options on, or ask for fewer.",
        by_place=True,
    ),
    Rule(
        "no-size-on",
        no_size_on,
        "The family is on, and every one of its sizes is off, everywhere or at a location.",
        "Switch a size on, or the whole family off.",
        by_place=True,
    ),
    Rule(
        "required-group-out",
        required_group_out,
        "A group of which something must be taken is kept out, so orders will be refused.",
        "Repair the group, or remove it from here.",
        by_place=True,
    ),
    Rule(
        "default-size",
        default_size,
        "The family's default size is archived or another family's; Stream gets no default.",
        "Choose one of its sizes, or none.",
    ),
    Rule(
        "default-quantities",
        default_quantities,
        "More options are chosen from the start than may be taken, or one more than once.",
        "Lower the quantities at the start.",
    ),
    Rule(
        "size-price-unused",
        size_price_unused,
        "A size has a price for an option that its family does not offer.",
        "Remove that price, or add the option to a group.",
    ),
    Rule(
        "same-name",
        same_name,
        "Two families of a category, options of a group, or sizes of a family have the same name.",
        "Rename one, or remove it.",
    ),
)
