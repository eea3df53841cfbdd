"""Lines of a cart: as asked for, and as priced by the menu (contract DSP-API, DSP-WH-NEW)."""

from msgspec import Struct

from dsp.menus.schema import Family, Variation

UNKNOWN = "unknown_item"
SOLD_OUT = "sold_out"
RULES = "rules"
NOT_NOW = "not_now"


class Choice(Struct, frozen=True):
    """A chosen modifier; the quantity is per unit of its parent."""

    id: str
    quantity: int = 1
    modifier_group_id: str | None = None
    modifiers: "tuple[Choice, ...]" = ()


class Line(Struct, frozen=True):
    """A chosen variation."""

    id: str
    quantity: int = 1
    modifiers: tuple[Choice, ...] = ()


class PricedModifier(Struct, frozen=True):
    """A modifier at its price; one that is partly free is two of these."""

    id: str
    group_id: str
    name: str
    quantity: int
    price: int
    modifiers: "tuple[PricedModifier, ...]" = ()

    @property
    def total(self) -> int:
        """The amount per unit of the parent."""
        return self.quantity * (self.price + sum(below.total for below in self.modifiers))


class PricedLine(Struct, frozen=True):
    """A line at the menu's prices."""

    family: Family
    variation: Variation
    quantity: int
    modifiers: tuple[PricedModifier, ...] = ()
    category_id: str = ""

    @property
    def total(self) -> int:
        below = sum(modifier.total for modifier in self.modifiers)
        return self.quantity * (self.variation.price + below)


class Problem(Struct, frozen=True):
    """A reason why a line, by its index, or the cart cannot be ordered."""

    code: str
    line: int | None
    detail: str
