"""The arrays of Get Catalog as a file may contain them (contract CAT).

An optional field may be omitted, `null` or empty. Unknown fields are ignored (contract ALL).
"""

from typing import Annotated

from msgspec import Meta, Struct, field

_NO_NUL = r"\A[^\x00]*\Z"  # PostgreSQL cannot store NUL in text.
Id = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,128}\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NO_NUL)]
Text = Annotated[str, Meta(pattern=_NO_NUL)]
Code = Annotated[str, Meta(max_length=64, pattern=_NO_NUL)]
Url = Annotated[str, Meta(max_length=500)]
Channel = Annotated[str, Meta(max_length=64, pattern=r"\A[a-z0-9_.-]+\Z")]
Amount = Annotated[int, Meta(ge=0, le=2**53)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Rate = Annotated[float, Meta(ge=0, lt=1000)]


class ChannelPrice(Struct):
    dsp: Channel
    price_amount: Amount


class SizePrice(Struct):
    modifier_id: Id
    price_amount: Amount


class Image(Struct):
    provider_url: Url


class MenuObject(Struct, kw_only=True):
    provider_id: Id
    name: Name


class Priced(MenuObject, kw_only=True):
    is_active: bool = True
    price_amount: Amount | None = None
    price_currency: str | None = None
    sku: Code | None = None
    dsp_price_amount_overrides: list[ChannelPrice] | None = None


class Category(MenuObject, kw_only=True):
    description: Text | None = None
    item_family_ids: list[Id] | None = None


class Family(Priced, kw_only=True):
    description: Text | None = None
    item_ids: list[Id] | None = None
    modifier_group_ids: list[Id] | None = None
    images: list[Image] | None = None
    is_alcohol: bool = False
    tax_ids: list[Id] | None = None
    allergens: list[Text] | None = None
    default_item_id: Id | None = None


class Item(Priced, kw_only=True):
    upc: Code | None = None
    stock_count: Count | None = None
    modifier_overrides: list[SizePrice] | None = None


class Rules(Struct, kw_only=True):
    selection_type: str = "single"
    minimum_unique_modifiers_allowed: Count = 0
    maximum_unique_modifiers_allowed: Count | None = None
    amount_of_modifiers_free: Count = 0
    default_modifier_quantities: dict[Id, Count] | None = None


class Group(MenuObject, kw_only=True):
    is_active: bool = True
    modifier_ids: list[Id] | None = None
    rules: Rules = field(default_factory=Rules)


class Modifier(Priced, kw_only=True):
    images: list[Image] | None = None
    modifier_group_ids: list[Id] | None = None


class Menu(MenuObject, kw_only=True):
    category_ids: list[Id] | None = None
    schedule: dict[str, list[str]]


class Tax(MenuObject, kw_only=True):
    rate: Rate
    is_active: bool = True
    is_default: bool = False
    is_inclusive: bool = False


class Catalog(Struct, kw_only=True):
    """A complete catalog. Every array is required: a missing one would archive all its objects."""

    tax_rate: Rate | None = None
    category: list[Category]
    item_family: list[Family]
    item: list[Item]
    modifier_group: list[Group]
    modifier: list[Modifier]
    menu: list[Menu]
    tax: list[Tax]


class PartialCatalog(Catalog, kw_only=True):
    """A catalog to merge, with only the arrays that it changes."""

    category: list[Category] = []
    item_family: list[Family] = []
    item: list[Item] = []
    modifier_group: list[Group] = []
    modifier: list[Modifier] = []
    menu: list[Menu] = []
    tax: list[Tax] = []


ARRAYS = ("category", "item_family", "item", "modifier_group", "modifier", "menu", "tax")
