"""Warnings about lists and links between objects. A warning keeps nothing out."""

from collections.abc import Iterator

from .context import Fault, MenuContext, Rule

# Each link: the kind that lists, the kind that is listed, and the list's name for people.
LISTS = {
    "menu_categories": ("menu", "category", "categories"),
    "category_families": ("category", "item_family", "item families"),
    "family_groups": ("item_family", "modifier_group", "modifier groups"),
    "modifier_groups": ("modifier", "modifier_group", "modifier groups"),
    "group_modifiers": ("modifier_group", "modifier", "options"),
}
_UNREACHABLE = {
    "category": "It is on no menu. Add it to one, or archive it.",
    "item_family": "It is in no category. Add it to one, or archive it.",
    "modifier_group": "No item family or option uses it. Add it to one, or archive it.",
    "modifier": "It is in no modifier group. Add it to one, or archive it.",
}


def unreachable(context: MenuContext) -> Iterator[Fault]:
    rows = context.menu.rows
    listed: dict[str, set[int]] = {kind: set() for kind in _UNREACHABLE}
    for link, (owner_kind, kind, _) in LISTS.items():
        for owner, keys in context.menu.links[link].items():
            if owner in rows[owner_kind]:
                listed[kind].update(keys)
    for kind, sentence in _UNREACHABLE.items():
        for key in rows[kind].keys() - listed[kind]:
            yield Fault(kind, key, sentence)


def empty_list(context: MenuContext) -> Iterator[Fault]:
    for link in ("menu_categories", "category_families", "group_modifiers"):
        owner_kind, kind, name = LISTS[link]
        for key in context.menu.rows[owner_kind]:
            if key not in context.out[owner_kind] and not context.linked(link, key, kind):
                yield Fault(
                    owner_kind, key, f"It has no {name} that Stream gets. Add some, or archive it."
                )


def archived_in_list(context: MenuContext) -> Iterator[Fault]:
    for link, (owner_kind, kind, name) in LISTS.items():
        rows = context.menu.rows[kind]
        for owner, keys in context.menu.links[link].items():
            archived = sum(key not in rows for key in keys)
            if archived and owner in context.menu.rows[owner_kind]:
                yield Fault(
                    owner_kind,
                    owner,
                    f"{archived} of its {name} {'is' if archived == 1 else 'are'} archived, so"
                    f" Stream does not get {'it' if archived == 1 else 'them'}. Remove"
                    f" {'it' if archived == 1 else 'them'} from the list, or restore"
                    f" {'it' if archived == 1 else 'them'}.",
                )


def unusable_tax(context: MenuContext) -> Iterator[Fault]:
    taxes = context.menu.rows["tax"]
    for family, keys in context.menu.links["family_taxes"].items():
        if family not in context.menu.rows["item_family"]:
            continue
        if any(key not in taxes for key in keys):
            yield Fault(
                "item_family",
                family,
                "One of its taxes is archived, so Stream does not get it. Remove the tax, or"
                " restore it.",
            )
        for key in keys:
            if key in taxes and not taxes[key]["is_active"]:
                name = context.named("tax", key)
                yield Fault(
                    "item_family",
                    family,
                    f"Its tax {name} is switched off. Switch it on, or remove it from here.",
                )


RULES = (
    Rule(
        "unreachable",
        unreachable,
        "A category is on no menu, a family in no category, a group used by nothing, or an option"
        " in no group.",
        "Add it where it belongs, or archive it.",
    ),
    Rule(
        "nothing-in-it",
        empty_list,
        "A menu, category or group has nothing in it that Stream gets.",
        "Add something, or archive it.",
    ),
    Rule(
        "archived-in-it",
        archived_in_list,
        "It lists archived objects, which Stream does not get.",
        "Remove them from the list, or restore them.",
    ),
    Rule(
        "tax-gone",
        unusable_tax,
        "One of the family's taxes is archived or switched off.",
        "Remove the tax, restore it, or switch it on.",
    ),
)
