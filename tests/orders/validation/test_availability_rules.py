"""Switched-off and sold-out objects are refused with the quantity left (ORD-NEW, table)."""

from datetime import timedelta

import pytest
import time_machine

from tests.orders.support.stream_orders import NOW, base, here, line, off, order, refusal_in, thing
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")
FUTURE, PAST = NOW + timedelta(hours=1), NOW - timedelta(seconds=1)
AVAILABILITY = [
    ("family off the menu", base("fam_soda", is_active=False), "item", "fam_soda", 0),
    ("family off here", off("fam_soda"), "item", "fam_soda", 0),
    ("family off until", off("fam_soda", inactive_until=FUTURE), "item", "fam_soda", 0),
    ("size off the menu", base("item_large", is_active=False), "item", "item_large", 0),
    ("size off here", off("item_large"), "item", "item_large", 0),
    ("family of the size off", base("fam_pizza", is_active=False), "item", "item_large", 0),
    ("family of the size off here", off("fam_pizza"), "item", "item_large", 0),
    ("modifier off the menu", base("mod_patty", is_active=False), "modifier", "mod_patty", 0),
    ("modifier off here", off("mod_patty"), "modifier", "mod_patty", 0),
    ("nested modifier off", off("mod_rare"), "modifier", "mod_rare", 0),
    ("sold out", here("fam_soda", stock_count=0), "item", "fam_soda", 0),
    ("fewer left", here("fam_soda", stock_count=1), "item", "fam_soda", 1),
    ("fewer of a size left", here("item_large", stock_count=1), "item", "item_large", 1),
    ("fewer modifiers left", here("mod_patty", stock_count=3), "modifier", "mod_patty", 3),
    ("fewer nested ones left", here("mod_rare", stock_count=11), "modifier", "mod_rare", 11),
    ("off and counted", off("fam_soda", stock_count=9), "item", "fam_soda", 0),
]
EVERYTHING = order(  # 2 sodas, 2 large pizzas, 4 patties, 12 times rare.
    line("fam_soda", 250),
    line("fam_soda", 250),
    line("item_large", 1500, 2),
    line("fam_burger", 1000, 2, line("mod_patty", 500, 2, line("mod_rare", 50, 3))),
)


@pytest.mark.parametrize(
    ("prepare", "kind", "provider_id", "left"),
    [case[1:] for case in AVAILABILITY],
    ids=[case[0] for case in AVAILABILITY],
)
@time_machine.travel(NOW, tick=False)
def test_what_is_not_available_is_named_with_what_is_left(stream, prepare, kind, provider_id, left):
    assert stream.order(**EVERYTHING | {"idempotency_key": "before"}).status_code == 200
    prepare()

    assert refusal_in(stream.order(**EVERYTHING)) == {
        "stockValidation": [{"type": kind, "provider_id": provider_id, "quantity": left}]
    }


@pytest.mark.parametrize(
    "prepare",
    [
        off("fam_soda", inactive_until=PAST),
        off("fam_soda", inactive_until=NOW),
        off("fam_pizza", inactive_until=PAST),
        off("mod_patty", inactive_until=PAST),
        here("fam_soda", stock_count=2),
        here("mod_rare", stock_count=12),
        here("fam_soda", stock_count=None),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_what_is_back_on_or_suffices_is_accepted(stream, prepare):
    prepare()

    assert stream.order(**EVERYTHING).status_code == 200


def test_an_override_at_another_location_concerns_nobody_here(stream, merchant):
    other = factories.location(merchant, provider_id="loc_uptown")
    thing("fam_soda").at_locations.create(location=other, is_active=False, price_amount=999)

    assert stream.order(**order(line("fam_soda", 250))).status_code == 200
