"""The form of one dish: its sizes and its tree of choices, with what is chosen.

Fields are named by the path of ids that leads to them, so that a menu that changes between
showing and submitting the form cannot turn one choice into another. Which choices go together is
not decided here: the price of the line says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from django.http import QueryDict
from django.utils.translation import gettext as _

from dsp.cart.availability import Updates, is_active
from dsp.cart.lines import Choice
from dsp.menus.schema import Family, Modifier, ModifierGroup, Variation
from dsp.ordering.cart_request import RequestedLine
from integration.api.text import readable

from . import words

MOST_QUANTITY = 99
NOTE_LENGTH = 200
_MOST_OPTIONS = 1_000  # Of one dish, nested ones included; people cannot use a longer form.
_MOST_LEVELS = 10

Path = tuple[str, ...]


@dataclass
class Option:
    """A modifier that can be chosen; `groups` are the choices below it."""

    id: str
    name: str
    price: str
    is_on: bool
    is_chosen: bool
    quantity: int
    quantity_field: str
    groups: "list[Group]" = field(default_factory=list)


@dataclass
class Group:
    """A modifier group. `is_one`: radio buttons; `is_counted`: options have a quantity."""

    input_name: str
    name: str
    rule: str
    is_one: bool
    is_required: bool
    is_counted: bool
    options: list[Option] = field(default_factory=list)


class DishForm:
    """A dish as a form; without a line, what the menu preselects is chosen."""

    def __init__(
        self, family: Family, asked: RequestedLine | None, updates: Updates, code: str
    ) -> None:
        self.family, self._updates, self._code = family, updates, code
        self._left = _MOST_OPTIONS
        self.size = self._chosen_size(asked)
        self._prices = dict(self.size.modifier_prices) if self.size else {}
        self.groups = self._groups(family.groups, (), asked.modifiers if asked else None)

    @property
    def prices_follow_size(self) -> bool:
        return any(size.modifier_prices for size in self.family.variations)

    def sizes(self) -> Iterator[dict[str, object]]:
        for size in self.family.variations:
            yield {
                "id": size.stream_id,
                "name": size.name,
                "price": words.money(size.price, self._code),
                "is_on": self._is_on_sale(size),
                "is_chosen": size is self.size,
            }

    def _is_on_sale(self, size: Variation) -> bool:
        return size.stock_count != 0 and is_active(size, self._updates)

    def _chosen_size(self, asked: RequestedLine | None) -> Variation | None:
        wanted = asked.id if asked else self.family.default_variation_id
        on_sale = [size for size in self.family.variations if self._is_on_sale(size)]
        named = [size for size in on_sale if size.stream_id == wanted]
        return next(iter([*named, *on_sale]), None)

    def _groups(
        self, groups: Sequence[ModifierGroup], path: Path, chosen: tuple[Choice, ...] | None
    ) -> list[Group]:
        if len(path) >= 2 * _MOST_LEVELS:
            return []
        return [self._group(group, path, chosen) for group in groups]

    def _group(self, group: ModifierGroup, path: Path, chosen: tuple[Choice, ...] | None) -> Group:
        here = (*path, group.stream_id)
        shown = Group(
            input_name=_field("pick", here),
            name=group.name,
            rule=words.rules(group.rules),
            is_one=group.rules.maximum == 1,
            is_required=group.rules.minimum > 0,
            is_counted=not group.rules.is_each_once,
        )
        prices = [self._price(modifier) for modifier in group.modifiers]
        for modifier, price in zip(group.modifiers, prices, strict=True):
            if self._left <= 0:
                break
            self._left -= 1
            # Beside options that cost something, one that does not is said to be free.
            text = f"+ {words.money(price, self._code)}" if price else ""
            shown.options.append(
                self._option(
                    group, modifier, here, chosen, text or (_("free") if any(prices) else "")
                )
            )
        return shown

    def _option(
        self,
        group: ModifierGroup,
        modifier: Modifier,
        path: Path,
        chosen: tuple[Choice, ...] | None,
        price: str,
    ) -> Option:
        here = (*path, modifier.stream_id)
        found = _find(chosen, group, modifier)
        default = dict(group.rules.defaults).get(modifier.stream_id, 0)
        quantity = found.quantity if found else (default if chosen is None else 0)
        is_on = is_active(modifier, self._updates)
        return Option(
            id=modifier.stream_id,
            name=modifier.name,
            price=price,
            is_on=is_on,
            is_chosen=quantity > 0 and is_on,
            quantity=max(1, quantity),
            quantity_field=_field("many", here),
            groups=self._groups(modifier.groups, here, found.modifiers if found else None),
        )

    def _price(self, modifier: Modifier) -> int:
        return self._prices.get(modifier.stream_id, modifier.price)


def read_line(family: Family, data: QueryDict) -> RequestedLine:
    """Read the submitted form. What is chosen may break rules; what cannot be read is left out."""
    sizes = [size.stream_id for size in family.variations]
    only = sizes[0] if len(sizes) == 1 else ""
    return RequestedLine(
        id=data.get("size") or only,
        quantity=count(data.get("quantity", "")),
        modifiers=_read_below(family.groups, (), data),
        special_instructions=note(data.get("note", "")),
    )


def choices_in_words(family: Family, asked: RequestedLine) -> str:
    """Return the size and the choices of a line as one text, for the cart."""
    sizes = {size.stream_id: size.name for size in family.variations}
    size = [sizes[asked.id]] if len(sizes) > 1 and asked.id in sizes else []
    return ", ".join([*size, *_in_words(family.groups, asked.modifiers)])[:500]


def count(text: str) -> int:
    """Return a quantity that was entered; 1 if it is none."""
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        return 1
    return min(max(1, int(text)), MOST_QUANTITY)


def note(text: str) -> str:
    return " ".join(readable(text).split())[:NOTE_LENGTH]


def _read_below(groups: Sequence[ModifierGroup], path: Path, data: QueryDict) -> tuple[Choice, ...]:
    if len(path) >= 2 * _MOST_LEVELS:
        return ()
    below = []
    for group in groups:
        here = (*path, group.stream_id)
        picked = set(data.getlist(_field("pick", here)))
        for modifier in group.modifiers:
            if modifier.stream_id in picked:
                below.append(_choice(group, modifier, (*here, modifier.stream_id), data))
    return tuple(below)


def _choice(group: ModifierGroup, modifier: Modifier, path: Path, data: QueryDict) -> Choice:
    many = data.get(_field("many", path), "") if not group.rules.is_each_once else ""
    defaults = dict(group.rules.defaults)
    quantity = count(many) if many else max(1, defaults.get(modifier.stream_id, 1))
    return Choice(
        modifier.stream_id, quantity, group.stream_id, _read_below(modifier.groups, path, data)
    )


def _in_words(groups: Sequence[ModifierGroup], chosen: tuple[Choice, ...]) -> Iterator[str]:
    names = {
        (group.stream_id, modifier.stream_id): modifier
        for group in groups
        for modifier in group.modifiers
    }
    for choice in chosen:
        modifier = names.get((choice.modifier_group_id or "", choice.id))
        if modifier is None:
            continue
        many = f"{choice.quantity} × " if choice.quantity > 1 else ""
        below = ", ".join(_in_words(modifier.groups, choice.modifiers))
        yield f"{many}{modifier.name}" + (f" ({below})" if below else "")


def _field(kind: str, path: Path) -> str:
    return "/".join([kind, *(quote(part, safe="") for part in path)])


def _find(
    chosen: tuple[Choice, ...] | None, group: ModifierGroup, modifier: Modifier
) -> Choice | None:
    named = (group.stream_id, modifier.stream_id)
    matches = [one for one in chosen or () if (one.modifier_group_id, one.id) == named]
    return matches[0] if matches else None
