"""The form of one dish: its size, its modifier groups down the tree, and what was chosen in it.

Fields are named by the path of ids that leads to them, so that a menu that changes between
showing and sending cannot turn one choice into another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.http import QueryDict
from django.utils.translation import gettext as _

from integration import currency

from .drafts import MOST_OF_ONE, Chosen, DraftLine
from .menu import Menu, Row, has_some

_MOST_OPTIONS = 1_500  # Of one dish with everything below: more is no form for people.
_MOST_DEPTH = 10
NOTE_LENGTH = 500


@dataclass
class Option:
    """One modifier that may be taken; `groups` are the choices that it opens."""

    id: str
    name: str
    price: str
    is_on: bool
    is_chosen: bool
    quantity: int
    quantity_field: str
    groups: "list[Choice]" = field(default_factory=list)


@dataclass
class Choice:
    """One group: `is_one` has radio buttons, `is_counted` lets one be taken several times."""

    input_name: str
    name: str
    rule: str
    is_one: bool
    is_required: bool
    is_counted: bool
    options: list[Option] = field(default_factory=list)


class Dish:
    """A family on the menu, as a form with what is chosen in it so far."""

    def __init__(self, menu: Menu, family: Row, line: DraftLine | None, code: str) -> None:
        self.menu, self.family, self._code = menu, family, code
        self._left = _MOST_OPTIONS
        self.line = line
        self.item = self._item()
        self.sizes = menu.sizes_of(family)
        chosen = line.below if line is not None else None
        self.choices = self._choices(family, ("",), chosen, 0)

    @property
    def prices_follow_size(self) -> bool:
        return any(size.get("modifier_overrides") for size in self.sizes)

    def shown_sizes(self) -> Iterator[dict[str, Any]]:
        for size in self.sizes:
            yield {
                "id": size["provider_id"],
                "name": size["name"],
                "price": currency.as_text(size["price_amount"], self._code),
                "is_on": has_some(size),
                "is_chosen": self.item is not None
                and size["provider_id"] == self.item["provider_id"],
            }

    def _item(self) -> Row | None:
        """The size that was chosen, or the usual one."""
        sizes = self.menu.sizes_of(self.family)
        wanted = self.line.item if self.line is not None else self.family.get("default_item_id")
        named = [size for size in sizes if size["provider_id"] == wanted]
        can_be_had = [size for size in sizes if has_some(size)]
        return next(iter([*named, *can_be_had]), None)

    def _choices(
        self, thing: Row, path: tuple[str, ...], chosen: list[Chosen] | None, depth: int
    ) -> list[Choice]:
        if depth >= _MOST_DEPTH:
            return []
        return [self._choice(group, path, chosen, depth) for group in self.menu.groups_of(thing)]

    def _choice(
        self, group: Row, path: tuple[str, ...], chosen: list[Chosen] | None, depth: int
    ) -> Choice:
        key, rules = group["provider_id"], group["rules"]
        made = Choice(
            input_name=name_of("pick", (*path, key)),
            name=group["name"],
            rule=in_words(rules),
            is_one=rules.get("maximum_unique_modifiers_allowed") == 1,
            is_required=bool(rules.get("minimum_unique_modifiers_allowed")),
            is_counted=rules.get("selection_type") == "multiple",
        )
        for modifier in self.menu.modifiers_of(group):
            if self._left <= 0:
                break
            self._left -= 1
            made.options.append(self._option(group, modifier, path, chosen, depth))
        return made

    def _option(
        self,
        group: Row,
        modifier: Row,
        path: tuple[str, ...],
        chosen: list[Chosen] | None,
        depth: int,
    ) -> Option:
        key = modifier["provider_id"]
        here = (*path, group["provider_id"], key)
        usual = group["rules"].get("default_modifier_quantities", {}).get(key, 0)
        one = _among(chosen, group["provider_id"], key)
        quantity = one.quantity if one else (usual if chosen is None else 0)
        amount = self._price(modifier)
        return Option(
            id=key,
            name=modifier["name"],
            price=f"+ {currency.as_text(amount, self._code)}" if amount else "",
            is_on=bool(modifier["is_active"]),
            is_chosen=quantity > 0 and bool(modifier["is_active"]),
            quantity=max(1, quantity),
            quantity_field=name_of("many", here),
            groups=self._choices(modifier, here, one.below if one else None, depth + 1),
        )

    def _price(self, modifier: Row) -> int:
        """Of the size that is chosen now; the cart shows what it comes to in the end."""
        for override in (self.item or {}).get("modifier_overrides") or []:
            if override["modifier_id"] == modifier["provider_id"]:
                return int(override["price_amount"])
        return int(modifier["price_amount"])


def read(menu: Menu, family: Row, data: QueryDict, key: str) -> tuple[DraftLine, list[str]]:
    """The line that a form says, and what is wrong with it, in words."""
    problems: list[str] = []
    item = data.get("size", "")
    sizes = {size["provider_id"]: size for size in menu.sizes_of(family)}
    if sizes and item not in sizes:
        problems.append(_("Choose a size of %(name)s.") % {"name": family["name"]})
    size = sizes.get(item)
    name = f"{family['name']}, {size['name']}" if size else family["name"]
    line = DraftLine(
        key=key,
        family=family["provider_id"],
        name=name,
        item=item if size else "",
        quantity=_count(data.get("quantity", "1"), family["name"], problems),
        note=" ".join(data.get("note", "").replace("\0", "").split()),
        below=_read_below(menu, family, ("",), data, problems),
    )
    if len(line.note) > NOTE_LENGTH:
        problems.append(_("The note may have at most %(most)s characters.") % {"most": NOTE_LENGTH})
    return line, problems


def _read_below(
    menu: Menu, thing: Row, path: tuple[str, ...], data: QueryDict, problems: list[str]
) -> list[Chosen]:
    below: list[Chosen] = []
    if len(path) // 2 >= _MOST_DEPTH:
        return below
    for group in menu.groups_of(thing):
        picked = set(data.getlist(name_of("pick", (*path, group["provider_id"]))))
        found = [one for one in menu.modifiers_of(group) if one["provider_id"] in picked]
        _check(group, found, menu, problems)
        for modifier in found:
            here = (*path, group["provider_id"], modifier["provider_id"])
            said = data.get(name_of("many", here), "1")
            counted = group["rules"].get("selection_type") == "multiple"
            count = _count(said, modifier["name"], problems) if counted else 1
            under = _read_below(menu, modifier, here, data, problems)
            below.append(Chosen(group["provider_id"], modifier["provider_id"], count, under))
    return below


def _check(group: Row, found: list[Row], menu: Menu, problems: list[str]) -> None:
    least = group["rules"].get("minimum_unique_modifiers_allowed") or 0
    most = group["rules"].get("maximum_unique_modifiers_allowed")
    # A group that asks for more than can be had now asks for what there is.
    possible = sum(1 for one in menu.modifiers_of(group) if one["is_active"])
    least = min(least, possible)
    if len(found) < least:
        said, count = _("%(group)s: choose at least %(count)s."), least
    elif most is not None and len(found) > most:
        said, count = _("%(group)s: choose at most %(count)s."), most
    else:
        return
    problems.append(said % {"group": group["name"], "count": count})


def _count(said: str, of: str, problems: list[str]) -> int:
    said = said.strip()
    if said.isascii() and said.isdecimal() and len(said) < 6 and 1 <= int(said) <= MOST_OF_ONE:
        return int(said)
    wrong = _("How many of %(name)s: write a number from 1 to %(most)s.")
    problems.append(wrong % {"name": of, "most": MOST_OF_ONE})
    return 1


def in_words(rules: Row) -> str:
    """What a group asks for, such as `Choose 1` or `Up to 3, 1 free`."""
    least = rules.get("minimum_unique_modifiers_allowed") or 0
    most = rules.get("maximum_unique_modifiers_allowed")
    free = rules.get("amount_of_modifiers_free") or 0
    said = _rule(least, most) % {"least": least, "most": most}
    return _("%(rule)s, %(count)s free") % {"rule": said, "count": free} if free else said


def _rule(least: int, most: int | None) -> str:
    if least and most == least:
        return _("Choose %(least)s")
    if least:
        return (
            _("Choose at least %(least)s, at most %(most)s")
            if most
            else _("Choose at least %(least)s")
        )
    return _("Up to %(most)s") if most else _("As you like")


def name_of(kind: str, path: tuple[str, ...]) -> str:
    return "/".join([kind, *(quote(part, safe="") for part in path if part)])


def _among(chosen: list[Chosen] | None, group: str, key: str) -> Chosen | None:
    found = [one for one in chosen or [] if one.group == group and one.id == key]
    return found[0] if found else None
