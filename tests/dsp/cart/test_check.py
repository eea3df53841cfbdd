"""A whole cart: the menu it is ordered from, unknown items, stock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dsp.cart.check import check_cart
from dsp.cart.lines import Choice, Line
from dsp.cart.places import Places
from tests.dsp.menus.files import example, read

ZONE = ZoneInfo("America/Chicago")
MONDAY_NOON = datetime(2026, 12, 7, 12, tzinfo=ZONE)
NIGHT = datetime(2026, 12, 7, 23, tzinfo=ZONE)
SUNDAY = datetime(2026, 12, 6, 12, tzinfo=ZONE)


def _places(file):
    return Places(read(file).menu)


def _check(lines, at=MONDAY_NOON, places=None):
    priced, problems = check_cart(lines, places or _places(example(2)), {}, at)
    return priced, [(one.code, one.line) for one in problems]


def test_a_cart_is_priced_with_the_ids_an_order_needs():
    priced, problems = _check([Line("s-var-burger-l", 2, (Choice("s-mod-cheese"),))])
    assert problems == []
    (line,) = priced
    assert (line.category_id, line.family.stream_id, line.total) == (
        "s-cat-burgers",
        "s-fam-burger",
        2200,
    )


def test_unknown_items_and_broken_rules_are_told_together():
    lines = [Line("none"), Line("s-var-burger-l", 0), Line("s-fam-burger")]
    assert _check(lines)[1] == [("unknown_item", 0), ("unknown_item", 2), ("rules", 1)]


def test_outside_the_hours_of_its_menus_nothing_is_sold():
    for at in (NIGHT, SUNDAY, datetime(2026, 12, 25, 12, tzinfo=ZONE)):
        assert _check([Line("s-var-burger-l")], at) == ([], [("not_now", None)])


def test_the_open_menu_that_has_all_of_it_counts_with_its_price():
    file = example(2)
    night = {day: ["22:00-02:00"] for day in file["menus"][0]["schedule"]}
    file["menus"].append(file["menus"][0] | {"stream_id": "s-menu-night", "schedule": night})
    file["items"][0]["menu_specific_overrides"] = [{"menu_id": "s-menu-night", "price_amount": 950}]
    places = _places(file)
    prices = [
        [line.total for line in _check([Line("s-var-burger-r")], at, places)[0]]
        for at in (MONDAY_NOON, NIGHT)
    ]
    assert prices == [[800], [950]]


def test_an_open_menu_without_the_item_is_passed_over():
    file = example(2)
    drinks = {"stream_id": "s-menu-drinks", "category_ids": []}
    file["menus"].insert(0, file["menus"][0] | drinks)
    priced, problems = _check([Line("s-var-burger-l")], places=_places(file))
    assert ([line.total for line in priced], problems) == ([1000], [])


def test_the_stock_counts_for_the_whole_cart():
    assert _check([Line("s-var-burger-r", 39), Line("s-var-burger-r", 1)])[1] == []
    lines = [Line("s-var-burger-l"), Line("s-var-burger-r", 39), Line("s-var-burger-r", 2)]
    assert _check(lines)[1] == [("sold_out", 1)]
