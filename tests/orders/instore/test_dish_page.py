"""The cart, the form of one dish and the search for dishes."""

from datetime import UTC, datetime

import pytest
import time_machine

from catalog import models
from tests.orders.support.instore_pages import DISH, HERE, LINE
from tests.support.markup import compact

NOON = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # In Chicago.


def test_lines_are_changed_and_removed(counter):
    counter.add("fam_soda")
    counter.add("fam_burger")
    soda, burger = _lines(counter)
    for action in ("more", "more", "less"):
        counter.client.post(LINE, HERE | {"line": soda["key"], "do": action})
    counter.client.post(LINE, HERE | {"line": burger["key"], "do": "less"})
    edited = counter.add("fam_soda", line=soda["key"], quantity="5", note="Cold")
    assert edited.status_code == 302
    order = counter.placed()
    assert [(line.quantity, line.special_instructions) for line in order.lines.all()] == [
        (5, "Cold")
    ]


def _lines(counter):
    draft = counter.client.session[f"in_store_order_{models.Location.objects.get().pk}"]
    return draft["lines"]


def test_a_dish_added_twice_by_a_double_click_is_in_the_cart_once(counter):
    key = "0" * 36
    for _ in range(2):
        counter.add("fam_soda", line=key)
    assert counter.placed().subtotal == 250


def test_the_cart_is_empty_after_an_order_and_numbers_continue(counter):
    counter.add("fam_soda")
    assert counter.placed().dsp_order_number == "S1"
    assert counter.finish().status_code == 302
    counter.add("fam_soda")
    assert counter.placed().dsp_order_number == "S2"


def test_numbers_restart_each_local_day(counter):
    with time_machine.travel(NOON, tick=False) as clock:
        for at, number in (
            (NOON, "S1"),
            (NOON.replace(day=5, hour=4), "S2"),
            (NOON.replace(day=5, hour=6), "S1"),
        ):
            clock.move_to(at)
            counter.add("fam_soda")
            assert counter.placed().dsp_order_number == number


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"family": "fam_pizza"}, "Choose a size of Pizza."),
        ({"family": "fam_pizza", "size": "fam_soda"}, "Choose a size of Pizza."),
        ({"family": "fam_soda", "quantity": "0"}, "enter a number from 1 to 999"),
        ({"family": "fam_soda", "quantity": "9" * 400}, "enter a number from 1 to 999"),
        ({"family": "fam_soda", "quantity": "²"}, "enter a number from 1 to 999"),
        ({"family": "fam_soda", "note": "x" * 501}, "at most 500 characters"),
    ],
)
def test_an_invalid_dish_is_explained_and_not_added(counter, fields, expected):
    answer = counter.add(**fields)
    assert answer.status_code == 400
    assert expected in answer.content.decode()
    assert counter.finish().status_code == 302


@pytest.mark.parametrize(
    ("rules", "picked", "expected"),
    [
        ({"minimum_unique_modifiers": 1}, [], "Extras: choose at least 1."),
        ({"minimum_unique_modifiers": 2}, ["mod_cheese"], "Extras: choose at least 2."),
        ({"maximum_unique_modifiers": 1}, ["mod_patty", "mod_cheese"], "Extras: choose at most 1."),
    ],
)
def test_a_groups_rules_are_enforced(counter, rules, picked, expected):
    models.ModifierGroup.objects.filter(provider_id="grp_extras").update(**rules)
    answer = counter.add("fam_burger", **{"pick/grp_extras": picked})
    assert answer.status_code == 400
    assert expected in answer.content.decode()


def test_a_nested_groups_rules_are_enforced_when_it_is_open(counter):
    models.ModifierGroup.objects.filter(provider_id="grp_cooking").update(
        minimum_unique_modifiers=1
    )
    assert counter.add("fam_burger").status_code == 302
    answer = counter.add("fam_burger", **{"pick/grp_extras": "mod_patty"})
    assert "Cooking: choose at least 1." in answer.content.decode()


def test_the_form_shows_earlier_choices_when_edited(counter):
    models.ModifierGroup.objects.filter(provider_id="grp_extras").update(selection_type="multiple")
    counter.add("fam_burger", note="Hot", **{
        "pick/grp_extras": "mod_cheese", "many/grp_extras/mod_cheese": "3",
    })  # fmt: skip
    key = _lines(counter)[0]["key"]
    answer = counter.client.get(DISH, HERE | {"family": "fam_burger", "line": key})
    shown = compact(answer.content.decode())
    assert 'value="mod_cheese" checked' in shown
    assert 'value="mod_patty" checked' not in shown
    assert 'name="many/grp_extras/mod_cheese" value="3"' in shown
    assert 'value="Hot"' in shown


def test_default_modifiers_are_preselected(counter):
    models.GroupModifier.objects.filter(modifier__provider_id="mod_cheese").update(
        default_quantity=1
    )
    answer = counter.client.get(DISH, HERE | {"family": "fam_burger"})
    assert 'value="mod_cheese" checked' in compact(answer.content.decode())


def test_dishes_are_found_by_category_and_search(counter):
    assert "Cheeseburger" in counter.menu().content.decode()
    drinks = models.Category.objects.get(name="Drinks").provider_id
    assert "Cheeseburger" not in counter.menu(category=drinks).content.decode()
    assert "Soda" in counter.menu(category=drinks).content.decode()
    results = counter.menu(q="cheeseB").content.decode()
    assert "Cheeseburger" in results
    assert "Soda" not in results
    assert "No dish matches “&lt;b&gt;”" in counter.menu(q="<b>").content.decode()
    assert counter.menu(q="\0", category="\0").status_code == 200
