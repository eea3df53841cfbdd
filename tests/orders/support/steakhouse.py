"""A menu with every kind of rule on it, and the words in which its orders are refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from catalog.locations import pause as location_pause
from catalog.models import GroupModifier, Location
from integration.models import Merchant
from tests.support import factories

from .stream_orders import LOCATION, NOW, line, order, thing

MENU_AGAIN = "publish the menu to the channel again."


def make_menu(merchant: Merchant) -> None:
    """A steak that must be cooked somehow, with two sides; a soda."""
    seared = _option(merchant, "mod_seared", "Seared")
    finish = factories.group(
        merchant, seared, provider_id="grp_finish", name="Finish", minimum_unique_modifiers=1
    )
    rare = factories.modifier(merchant, finish, provider_id="mod_rare", name="Rare", price_amount=0)
    done = _option(merchant, "mod_done", "Well done")
    cooking = factories.group(
        merchant, rare, done, provider_id="grp_cooking", name="Cooking",
        minimum_unique_modifiers=1, maximum_unique_modifiers=1,
    )  # fmt: skip
    fries, rice, slaw = (_option(merchant, f"mod_{one}", one.title()) for one in _SIDES)
    sides = factories.group(
        merchant, fries, rice, slaw, provider_id="grp_sides", name="Sides",
        minimum_unique_modifiers=2, maximum_unique_modifiers=2,
    )  # fmt: skip
    dip = _option(merchant, "mod_dip", "Dip", 50)
    dips = factories.group(
        merchant, dip, provider_id="grp_dips", name="Dips", selection_type="multiple",
        maximum_unique_modifiers=1, free_modifiers=1,
    )  # fmt: skip
    factories.family(
        merchant, cooking, sides, dips, provider_id="fam_steak", name="Steak", price_amount=3000
    )
    factories.family(merchant, provider_id="fam_soda", name="Soda", price_amount=250)
    pizza = factories.family(merchant, provider_id="fam_pizza", name="Pizza")
    factories.item(pizza, provider_id="item_large", name="Large")


_SIDES = ("fries", "rice", "slaw")


def _option(merchant: Merchant, provider_id: str, name: str, price: int = 0) -> Any:
    return factories.modifier(merchant, provider_id=provider_id, name=name, price_amount=price)


RARE = line("mod_rare", 0, 1, line("mod_seared", 0))
DONE = line("mod_done", 0)
FRIES, RICE, SLAW = (line(f"mod_{one}", 0) for one in _SIDES)


def steak(*below: Any) -> dict[str, Any]:
    return order(line("fam_steak", 3000, 1, *below))


def soda(**fields: Any) -> dict[str, Any]:
    return order(line("fam_soda", 250), **fields)


def at(**fields: Any) -> Callable[[], None]:
    """Changes the location."""
    return lambda: _update(Location.objects.filter(provider_id=LOCATION), **fields)


def chosen_from_the_start(modifier: str, group: str, quantity: int) -> Callable[[], None]:
    links = GroupModifier.objects.filter(modifier__provider_id=modifier, group__provider_id=group)
    return lambda: _update(links, default_quantity=quantity)


def _update(rows: Any, **fields: Any) -> None:
    assert rows.update(**fields)


def offered_too(group: str, modifier: str) -> Callable[[], None]:
    """Makes the modifier an option of a second group."""

    def add() -> None:
        GroupModifier.objects.create(group=thing(group), modifier=thing(modifier), position=9)

    return add


def all_of(*prepare: Callable[[], None]) -> Callable[[], None]:
    return lambda: [one() for one in prepare] and None


def nothing() -> None:
    pass


def cart(*reasons: str) -> dict[str, Any]:
    return refused("invalid_cart", *reasons)


def closed(*reasons: str) -> dict[str, Any]:
    return refused("store_unavailable", *reasons)


def refused(code: str, *reasons: str) -> dict[str, Any]:
    return {
        "orderValidation": [
            {"order_error": code, "order_error_reason": reason} for reason in reasons
        ]
    }


def pause() -> None:
    location_pause.pause(Location.objects.get(provider_id=LOCATION))


def ahead(**by: int) -> dict[str, Any]:
    at_ms = int((NOW + timedelta(**by)).timestamp() * 1000)
    return {"is_future_order": True, "requested_for": at_ms}
