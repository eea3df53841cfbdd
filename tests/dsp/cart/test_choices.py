"""Choices against the rules of groups, and the prices of what was chosen."""

import pytest

from dsp.cart.availability import is_sold_out
from dsp.cart.choices import LineCheck
from dsp.cart.lines import Choice, Line
from dsp.menus.schema import Family, Modifier, ModifierGroup, Rules, Variation
from tests.dsp.menus.files import burger, example, read

CHEDDAR = Choice("s-mod-cheddar", modifier_group_id="s-mg-kind")
CHEESE = Choice("s-mod-cheese", 1, "s-mg-extras", (CHEDDAR,))
LARGE = Variation("large", "Large", 1000, modifier_prices=(("bacon", 200),))


def _check(choices, family, variation=None, updates=None):
    check = LineCheck(0, family, variation or family.variations[0], updates or {})
    line = check.price(Line(family.variations[0].stream_id, 1, tuple(choices)))
    return line, [(problem.code, problem.detail) for problem in check.problems]


def _dish(*groups):
    return Family("f", "Dish", (LARGE,), groups, ())


def _group(rules, key="g", ids=("bacon", "egg", "salad"), **fields):
    modifiers = tuple(Modifier(one, one.title(), 100, **fields) for one in ids)
    return ModifierGroup(key, key.upper(), rules, modifiers)


def test_the_example_of_the_contract_is_priced_as_ordered():
    family = burger(read(example(2)))
    check = LineCheck(0, family, family.variations[1], {})
    line = check.price(Line("s-var-burger-l", 2, (CHEESE,)))
    assert check.problems == []
    assert line.total == 2200
    (cheese,) = line.modifiers
    assert (cheese.group_id, cheese.name, cheese.price) == ("s-mg-extras", "Cheese", 100)
    assert [one.name for one in cheese.modifiers] == ["Cheddar"]


def test_a_modifier_costs_what_the_variation_says():
    line, problems = _check([Choice("bacon"), Choice("egg")], _dish(_group(Rules())))
    assert [one.price for one in line.modifiers] == [200, 100]
    assert problems == []


def test_the_first_units_are_free_and_a_partly_free_modifier_is_two():
    dish = _dish(_group(Rules(free=3, selection_type="multiple")))
    line, _ = _check([Choice("egg", 2), Choice("bacon", 3), Choice("salad")], dish)
    assert [(one.id, one.quantity, one.price) for one in line.modifiers] == [
        ("egg", 2, 0),
        ("bacon", 1, 0),
        ("bacon", 2, 200),
        ("salad", 1, 100),
    ]
    assert line.total == 1000 + 400 + 100


def test_quantities_multiply_down():
    below = _group(Rules(selection_type="multiple"), "b", ("salt",))
    above = ModifierGroup(
        "a", "A", Rules(selection_type="multiple"), (Modifier("egg", "Egg", 50, groups=(below,)),)
    )
    line, problems = _check([Choice("egg", 2, None, (Choice("salt", 3),))], _dish(above))
    assert problems == []
    assert line.total == 1000 + 2 * (50 + 3 * 100)


@pytest.mark.parametrize(
    ("rules", "choices", "details"),
    [
        (Rules(minimum=1), [], ["Dish, G: choose at least 1."]),
        (Rules(minimum=2), [Choice("egg"), Choice("egg")],
         ["Dish, G: choose at least 2.", "Dish, G: Egg at most 1 times."]),
        (Rules(maximum=1), [Choice("egg"), Choice("bacon")], ["Dish, G: choose at most 1."]),
        (Rules(), [Choice("egg", 2)], ["Dish, G: Egg at most 1 times."]),
        (Rules(selection_type="single_proportion"), [Choice("egg", 2)],
         ["Dish, G: Egg at most 1 times."]),
        (Rules(defaults=(("egg", 2),)), [Choice("egg", 2)], []),
        (Rules(selection_type="multiple"), [Choice("egg", 9)], []),
        (Rules(selection_type="multiple"), [Choice("egg", 0)],
         ["Egg: the quantity must be 1 to 1000."]),
    ],
)  # fmt: skip
def test_the_rules_of_a_group_are_checked(rules, choices, details):
    _, problems = _check(choices, _dish(_group(rules)))
    assert problems == [("rules", detail) for detail in details]


def test_unknown_and_sold_out_choices_are_told_all_at_once():
    family = burger(read(example(1)))
    choices = [Choice("s-mod-bacon"), Choice("none"), Choice("s-mod-cheese", 1, "s-mg-kind")]
    updates = {("items", "s-fam-burger"): False}
    _, problems = _check(choices, family, None, updates)
    assert problems == [
        ("sold_out", "Burger is sold out."),
        ("sold_out", "Bacon is sold out."),
        ("unknown_item", "Burger has no such choice: none."),
        ("unknown_item", "Burger has no such choice: s-mod-cheese."),
    ]


def test_an_update_makes_a_modifier_available_again():
    updates = {("modifiers", "s-mod-bacon"): True}
    _, problems = _check([Choice("s-mod-bacon")], burger(read(example(1))), None, updates)
    assert problems == []


def test_a_choice_without_a_group_goes_to_the_first_with_room():
    dish = _dish(_group(Rules(maximum=1), "a"), _group(Rules(minimum=1), "b"))
    line, problems = _check([Choice("egg"), Choice("salad")], dish)
    assert [one.group_id for one in line.modifiers] == ["a", "b"]
    assert problems == []


def test_a_dish_is_sold_out_when_nothing_of_it_can_be_ordered():
    dish = _dish(_group(Rules(minimum=2)))
    assert not is_sold_out(dish, {})
    assert not is_sold_out(dish, {("modifiers", "egg"): False})
    gone = {("modifiers", "egg"): False, ("modifiers", "bacon"): False}
    assert is_sold_out(dish, gone)
    assert is_sold_out(dish, {("variations", "large"): False})
    assert is_sold_out(dish, {("items", "f"): False})
    inner = _group(Rules(minimum=1), "i", ("egg",))
    outer = ModifierGroup("o", "O", Rules(minimum=1), (Modifier("m", "M", 0, groups=(inner,)),))
    assert is_sold_out(_dish(outer), gone)
