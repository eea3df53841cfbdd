"""Unusable objects are left out with what hangs on them, and listed; the rest goes live."""

import pytest

from .files import burger, example, read, reasons

BROKEN_PRICES = [1200.5, "800", -1, True, None, 10**11, 10**400, [800]]


def _ids(things):
    return [thing.stream_id for thing in things]


@pytest.mark.parametrize("price", BROKEN_PRICES)
def test_a_variation_with_a_broken_price_is_left_out(price):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][1]["price"] = price
    reading = read(file)
    assert _ids(burger(reading).variations) == ["s-var-burger-r"]
    assert reasons(reading) == [("variation", "s-var-burger-l", "price")]


def test_a_whole_price_written_with_a_fraction_is_taken():
    file = example(2)
    file["items"][1]["price"] = 1200.0
    assert burger(read(file)).variations[1].price == 1200


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", None, "name"),
        ("name", " \x00", "name"),
        ("name", 5, "name"),
        ("currency", None, "currency"),
        ("currency", "us", "currency"),
        ("currency", 840, "currency"),
        ("stream_id", None, "id"),
        ("stream_id", "", "id"),
        ("stream_id", "x" * 256, "id"),
        ("stream_id", "a\x00b", "id"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_variation_without_a_required_field_is_left_out(version, field, value, reason):
    file = example(version)
    item = file["menus"][0]["categories"][0]["items"][0] if version == 1 else file
    item["variations" if version == 1 else "items"][1][field] = value
    reading = read(file)
    assert _ids(burger(reading).variations) == ["s-var-burger-r"]
    assert ("variation", reason) in {(kind, why) for kind, _, why in reasons(reading)}


def test_a_modifier_takes_the_choices_below_it_along():
    file = example(1)
    extras = file["menus"][0]["categories"][0]["items"][0]["modifier_groups"][0]
    extras["modifiers"][0]["price"] = None
    reading = read(file)
    assert _ids(burger(reading).groups[0].modifiers) == ["s-mod-bacon"]
    assert reasons(reading) == [
        ("modifier", "s-mod-cheese", "price"),
        ("modifier_group", "s-mg-extras", "unknown_reference"),  # Its default quantity.
    ]


def test_the_first_of_two_objects_with_one_id_counts():
    file = example(1)
    item = file["menus"][0]["categories"][0]["items"][0]
    item["variations"].append(item["variations"][0] | {"price": 1})
    reading = read(file)
    assert [one.price for one in burger(reading).variations] == [800, 1000]
    assert reasons(reading) == [("variation", "s-var-burger-r", "duplicate")]


def test_a_family_without_variations_cannot_be_ordered():
    file = example(1)
    items = file["menus"][0]["categories"][0]["items"]
    items.append(items[0] | {"stream_id": "s-fam-none", "variations": []})
    reading = read(file)
    assert _ids(reading.menu.menus[0].categories[0].families) == ["s-fam-burger"]
    assert reasons(reading) == [("family", "s-fam-none", "no_variations")]


def test_an_unknown_tax_is_left_out_and_listed():
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["tax_ids"] = ["s-tax-none", "s-tax-sales"]
    reading = read(file)
    assert burger(reading).tax_ids == ("s-tax-sales",)
    assert reasons(reading) == [("family", "s-fam-burger", "unknown_reference")]


@pytest.mark.parametrize("rate", [None, "8.5", -1, 101, True])
def test_a_tax_without_a_rate_in_percent_is_left_out(rate):
    file = example(1)
    file["taxes"].append({"stream_id": "s-tax-odd", "name": "Odd", "rate": rate})
    reading = read(file)
    assert _ids(reading.menu.taxes) == ["s-tax-sales"]
    assert reasons(reading) == [("tax", "s-tax-odd", "rate")]


def test_a_broken_optional_field_counts_as_absent():
    file = example(1)
    item = file["menus"][0]["categories"][0]["items"][0]
    item |= {"description": 5, "is_active": "no", "images": [{"url": "javascript:x"}]}
    reading = read(file)
    family = burger(reading)
    assert (family.description, family.is_active, family.image_url) == ("", True, "")
    assert reasons(reading) == [("family", "s-fam-burger", "broken_field")] * 3


def test_null_counts_as_absent_and_unknown_fields_are_ignored():
    file = example(1)
    item = file["menus"][0]["categories"][0]["items"][0]
    item |= {"description": None, "is_active": None, "new": {"a": [1]}, "modifier_groups": None}
    item["variations"][0]["stock_count"] = None
    reading = read(file)
    assert reading.left_out == ()
    assert (burger(reading).is_active, burger(reading).groups) == (True, ())


@pytest.mark.parametrize(
    ("rules", "minimum", "maximum"),
    [
        ({"maximum_unique_modifiers_allowed": 0}, 0, None),
        ({"minimum_unique_modifiers_allowed": 2, "maximum_unique_modifiers_allowed": 1}, 2, None),
        ({"minimum_unique_modifiers_allowed": 1, "maximum_unique_modifiers_allowed": 1}, 1, 1),
        (None, 0, None),
    ],
)
def test_a_maximum_of_zero_or_below_the_minimum_is_no_maximum(rules, minimum, maximum):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["modifier_groups"][0]["rules"] = rules
    found = burger(read(file)).groups[0].rules
    assert (found.minimum, found.maximum, found.selection_type) == (minimum, maximum, "single")


def test_stock_below_zero_is_none_left():
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][0]["stock_count"] = -3
    assert burger(read(file)).variations[0].stock_count == 0


def test_the_copies_of_one_item_keep_what_each_place_says():
    file = example(1)
    category = file["menus"][0]["categories"][0]
    copy = category["items"][0] | {"name": "Burger at night"}
    file["menus"][0]["categories"].append(category | {"stream_id": "s-cat-b", "items": [copy]})
    families = [one.families[0] for one in read(file).menu.menus[0].categories]
    assert [family.name for family in families] == ["Burger", "Burger at night"]
    assert families[0].groups is families[1].groups  # What is equal is kept once.
