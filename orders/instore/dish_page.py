"""The form of one dish: its size and its tree of modifier groups, with what is chosen.

Fields are named by the path of ids that leads to them, so that a menu that changes between
showing and submitting the form cannot turn one choice into another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.http import QueryDict
from django.utils.translation import gettext as _

from integration import currency
from integration.api.text import readable

from .drafts import MAX_QUANTITY, ChosenModifier, DraftLine
from .menu import Menu, Row, is_available

_MAX_OPTIONS = 1_500  # Of one dish, nested ones included; people cannot use a longer form.
_MAX_DEPTH = 10
NOTE_LENGTH = 500


@dataclass
class Option:
    """A modifier that can be chosen; `groups` are the choices nested below it."""

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
    """A modifier group. `is_one`: radio buttons; `is_counted`: options have a quantity."""

    input_name: str
    name: str
    rule: str
    is_one: bool
    is_required: bool
    is_counted: bool
    options: list[Option] = field(default_factory=list)


class Dish:
    """An item family as a form, with what is chosen so far."""

    def __init__(self, menu: Menu, family: Row, line: DraftLine | None, code: str) -> None:
        self.menu, self.family, self._code = menu, family, code
        self._left = _MAX_OPTIONS
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
                "is_on": is_available(size),
                "is_chosen": self.item is not None
                and size["provider_id"] == self.item["provider_id"],
            }

    def _item(self) -> Row | None:
        """Return the chosen size, or the default one."""
        sizes = self.menu.sizes_of(self.family)
        item_id = self.line.item if self.line is not None else self.family.get("default_item_id")
        named = [size for size in sizes if size["provider_id"] == item_id]
        available = [size for size in sizes if is_available(size)]
        return next(iter([*named, *available]), None)

    def _choices(
        self, thing: Row, path: tuple[str, ...], chosen: list[ChosenModifier] | None, depth: int
    ) -> list[Choice]:
        if depth >= _MAX_DEPTH:
            return []
        return [self._choice(group, path, chosen, depth) for group in self.menu.groups_of(thing)]

    def _choice(
        self, group: Row, path: tuple[str, ...], chosen: list[ChosenModifier] | None, depth: int
    ) -> Choice:
        key, rules = group["provider_id"], group["rules"]
        choice = Choice(
            input_name=field_name("pick", (*path, key)),
            name=group["name"],
            rule=describe_rules(rules),
            is_one=rules.get("maximum_unique_modifiers_allowed") == 1,
            is_required=bool(rules.get("minimum_unique_modifiers_allowed")),
            is_counted=rules.get("selection_type") == "multiple",
        )
        for modifier in self.menu.modifiers_of(group):
            if self._left <= 0:
                break
            self._left -= 1
            choice.options.append(self._option(group, modifier, path, chosen, depth))
        return choice

    def _option(
        self,
        group: Row,
        modifier: Row,
        path: tuple[str, ...],
        chosen: list[ChosenModifier] | None,
        depth: int,
    ) -> Option:
        key = modifier["provider_id"]
        here = (*path, group["provider_id"], key)
        default = group["rules"].get("default_modifier_quantities", {}).get(key, 0)
        line = _find(chosen, group["provider_id"], key)
        quantity = line.quantity if line else (default if chosen is None else 0)
        amount = self._price(modifier)
        return Option(
            id=key,
            name=modifier["name"],
            price=f"+ {currency.as_text(amount, self._code)}" if amount else "",
            is_on=bool(modifier["is_active"]),
            is_chosen=quantity > 0 and bool(modifier["is_active"]),
            quantity=max(1, quantity),
            quantity_field=field_name("many", here),
            groups=self._choices(modifier, here, line.below if line else None, depth + 1),
        )

    def _price(self, modifier: Row) -> int:
        """Return the price at the chosen size; the cart shows the final one."""
        for override in (self.item or {}).get("modifier_overrides") or []:
            if override["modifier_id"] == modifier["provider_id"]:
                return int(override["price_amount"])
        return int(modifier["price_amount"])


def read_line(menu: Menu, family: Row, data: QueryDict, key: str) -> tuple[DraftLine, list[str]]:
    """Read the submitted form into a draft line; return it with the problems found."""
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
        note=" ".join(readable(data.get("note", "")).split()),
        below=_read_below(menu, family, ("",), data, problems),
    )
    if len(line.note) > NOTE_LENGTH:
        problems.append(_("The note may have at most %(most)s characters.") % {"most": NOTE_LENGTH})
    return line, problems


def _read_below(
    menu: Menu, thing: Row, path: tuple[str, ...], data: QueryDict, problems: list[str]
) -> list[ChosenModifier]:
    below: list[ChosenModifier] = []
    if len(path) // 2 >= _MAX_DEPTH:
        return below
    for group in menu.groups_of(thing):
        picked = set(data.getlist(field_name("pick", (*path, group["provider_id"]))))
        chosen = [row for row in menu.modifiers_of(group) if row["provider_id"] in picked]
        _check(group, chosen, menu, problems)
        for modifier in chosen:
            here = (*path, group["provider_id"], modifier["provider_id"])
            quantity = data.get(field_name("many", here), "1")
            counted = group["rules"].get("selection_type") == "multiple"
            count = _count(quantity, modifier["name"], problems) if counted else 1
            nested = _read_below(menu, modifier, here, data, problems)
            below.append(
                ChosenModifier(group["provider_id"], modifier["provider_id"], count, nested)
            )
    return below


def _check(group: Row, chosen: list[Row], menu: Menu, problems: list[str]) -> None:
    least = group["rules"].get("minimum_unique_modifiers_allowed") or 0
    most = group["rules"].get("maximum_unique_modifiers_allowed")
    # An unreachable minimum is lowered to what is available now.
    possible = sum(1 for row in menu.modifiers_of(group) if row["is_active"])
    least = min(least, possible)
    if len(chosen) < least:
        problem, count = _("%(group)s: choose at least %(count)s."), least
    elif most is not None and len(chosen) > most:
        problem, count = _("%(group)s: choose at most %(count)s."), most
    else:
        return
    problems.append(problem % {"group": group["name"], "count": count})


def _count(text: str, name: str, problems: list[str]) -> int:
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MAX_QUANTITY:
        return int(text)
    problem = _("Quantity of %(name)s: enter a number from 1 to %(most)s.")
    problems.append(problem % {"name": name, "most": MAX_QUANTITY})
    return 1


def describe_rules(rules: Row) -> str:
    """Describe a group's rules, such as `Choose 1` or `Up to 3, 1 free`."""
    least = rules.get("minimum_unique_modifiers_allowed") or 0
    most = rules.get("maximum_unique_modifiers_allowed")
    free = rules.get("amount_of_modifiers_free") or 0
    rule = _rule(least, most) % {"least": least, "most": most}
    return _("%(rule)s, %(count)s free") % {"rule": rule, "count": free} if free else rule


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


def field_name(kind: str, path: tuple[str, ...]) -> str:
    return "/".join([kind, *(quote(part, safe="") for part in path if part)])


def _find(chosen: list[ChosenModifier] | None, group: str, key: str) -> ChosenModifier | None:
    matches = [row for row in chosen or [] if row.group == group and row.id == key]
    return matches[0] if matches else None
