"""One form for the menus of both file versions (contract DSP-MENU).

Everything is frozen, and equal objects may be shared: a modifier group that thousands of item
families repeat is kept once. Prices are whole numbers of the currency's smallest unit.
"""

from decimal import Decimal

from msgspec import Struct

SINGLE = "single"
MULTIPLE = "multiple"
PREP_TIME_MINUTES = 20  # (A) Of a file that does not say.


class Window(Struct, frozen=True):
    """Minutes after midnight, the end excluded; an end above 1440 lies on the next day."""

    start: int
    end: int


class Holiday(Struct, frozen=True):
    """A date with windows of its own for every menu; without windows it is closed."""

    month: int
    day: int
    years: tuple[int, ...]  # Empty: every year.
    windows: tuple[Window, ...]
    name: str


class Tax(Struct, frozen=True):
    """A tax; the rate is in percent: 8.5 is 8.5 %."""

    stream_id: str
    name: str
    rate: Decimal
    is_default: bool
    is_inclusive: bool


class Rules(Struct, frozen=True):
    """Rules of a group: different options at least, at most, and units that cost nothing."""

    minimum: int = 0
    maximum: int | None = None
    free: int = 0
    selection_type: str = SINGLE
    defaults: tuple[tuple[str, int], ...] = ()  # Preselected: modifier id, quantity.

    @property
    def is_each_once(self) -> bool:
        return self.selection_type != MULTIPLE


class Modifier(Struct, frozen=True):
    """An option of a group, with the groups of choices below it."""

    stream_id: str
    name: str
    price: int
    is_active: bool = True
    image_url: str = ""
    groups: "tuple[ModifierGroup, ...]" = ()


class ModifierGroup(Struct, frozen=True):
    """Options to choose from; the rules are those below this parent."""

    stream_id: str
    name: str
    rules: Rules
    modifiers: tuple[Modifier, ...]


class Variation(Struct, frozen=True):
    """A size, which is what a guest orders; the price is the one in this menu."""

    stream_id: str
    name: str
    price: int
    is_active: bool = True
    sku: str = ""
    upc: str = ""
    stock_count: int | None = None
    modifier_prices: tuple[tuple[str, int], ...] = ()  # Of modifiers on this variation.


class Family(Struct, frozen=True):
    """A dish with its variations (file v1: an item)."""

    stream_id: str
    name: str
    variations: tuple[Variation, ...]
    groups: tuple[ModifierGroup, ...]
    tax_ids: tuple[str, ...]
    description: str = ""
    image_url: str = ""
    allergens: tuple[str, ...] = ()
    is_active: bool = True
    is_alcohol: bool = False
    default_variation_id: str = ""


class Category(Struct, frozen=True):
    """A heading of a menu."""

    stream_id: str
    name: str
    description: str
    families: tuple[Family, ...]


class Menu(Struct, frozen=True):
    """A menu; the week has the windows of Monday to Sunday."""

    stream_id: str
    name: str
    week: tuple[tuple[Window, ...], ...]
    categories: tuple[Category, ...]


class PublishedMenu(Struct, frozen=True):
    """The contents of a file; without a price in it there is no currency."""

    version: int
    currency: str
    prep_time_minutes: int
    menus: tuple[Menu, ...]
    taxes: tuple[Tax, ...]
    holidays: tuple[Holiday, ...]


class LeftOut(Struct, frozen=True):
    """An object, or a part of one, that was left out, and the reason (docs/dsp-menus.md)."""

    kind: str
    stream_id: str
    reason: str
    detail: str
