"""The contract's menu examples, version 1 and 2, in one internal form."""

from decimal import Decimal

import msgspec

from dsp.menus.schema import (
    Category,
    Family,
    Holiday,
    Menu,
    Modifier,
    ModifierGroup,
    PublishedMenu,
    Rules,
    Tax,
    Variation,
    Window,
)  # fmt: skip

from .files import burger, example, read

DAY = (Window(7 * 60, 22 * 60),)
CHEDDAR = Modifier("s-mod-cheddar", "Cheddar", 0)
KIND = ModifierGroup("s-mg-kind", "Kind of cheese", Rules(maximum=1), (CHEDDAR,))
EXTRAS = ModifierGroup(
    "s-mg-extras",
    "Extras",
    Rules(maximum=3, selection_type="multiple", defaults=(("s-mod-cheese", 1),)),
    (
        Modifier("s-mod-cheese", "Cheese", 100, groups=(KIND,)),
        Modifier("s-mod-bacon", "Bacon", 150, is_active=False),
    ),
)
BURGER = Family(
    stream_id="s-fam-burger",
    name="Burger",
    variations=(
        Variation("s-var-burger-r", "Regular", 800, True, "B-R", "012345678905", 40),
        Variation("s-var-burger-l", "Large", 1000),
    ),
    groups=(EXTRAS,),
    tax_ids=("s-tax-sales",),
    description="Beef, pickles",
    image_url="https://img.example.com/burger-3.jpg",
    allergens=("wheat", "dairy"),
    default_variation_id="s-var-burger-r",
)
EXPECTED = PublishedMenu(
    version=1,
    currency="usd",
    prep_time_minutes=15,
    menus=(
        Menu(
            stream_id="s-menu-all",
            name="All day",
            week=(
                *[DAY] * 4,
                (Window(420, 870), Window(1020, 1440)),
                (Window(540, 1440),),
                (),
            ),
            categories=(Category("s-cat-burgers", "Burgers", "On the grill", (BURGER,)),),
        ),
    ),
    taxes=(Tax("s-tax-sales", "Sales tax", Decimal("8.5"), True, False),),
    holidays=(
        Holiday(12, 25, (), (), "Christmas Day"),
        Holiday(1, 1, (), (Window(540, 1020),), ""),
        Holiday(11, 26, (2026,), (), "Thanksgiving Day"),
    ),
)


def test_the_example_of_version_1_is_read_whole():
    reading = read(example(1))
    assert reading.menu == EXPECTED
    assert reading.left_out == ()


def test_the_example_of_version_2_without_its_overrides_is_the_same_menu():
    file = example(2)
    del file["items"][1]["modifier_overrides"]
    del file["modifier_groups"][0]["overrides"]
    reading = read(file)
    assert msgspec.structs.replace(reading.menu, version=1) == EXPECTED
    assert reading.left_out == ()


def test_the_overrides_of_the_example_of_version_2_count():
    reading = read(example(2))
    assert burger(reading).variations[1].modifier_prices == (("s-mod-bacon", 200),)
    assert burger(reading).groups[0].rules == Rules(
        maximum=2, selection_type="multiple", defaults=(("s-mod-cheese", 1),)
    )
    assert reading.left_out == ()


def test_a_menu_without_menus_is_valid_and_sells_nothing():
    reading = read({"menus": []})
    assert reading.menu == PublishedMenu(1, "", 20, (), (), ())
