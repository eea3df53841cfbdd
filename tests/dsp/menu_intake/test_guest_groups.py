"""The modifier groups of the guest's menu: each different one once, found by its place."""

import copy
import json

from dsp.menu_intake import guest_body
from tests.dsp.menus.files import example, read


def _shown(file):
    return json.loads(guest_body.render(read(file).menu, 1) + b"}")


def _dishes(shown):
    return [
        dish
        for menu in shown["menus"]
        for category in menu["categories"]
        for dish in category["items"]
    ]


def _unfolded(groups, indexes):
    """Put the groups back below their parents, as the file of version 1 has them."""
    return [
        (
            groups[index]["id"],
            [
                (one["id"], _unfolded(groups, one.get("modifier_group_indexes", [])))
                for one in groups[index]["modifiers"]
            ],
        )
        for index in indexes
    ]


def _second_dish(file):
    """Add a dish with groups equal to those of the first, but objects of their own."""
    items = file["menus"][0]["categories"][0]["items"]
    items.append(copy.deepcopy(items[0]) | {"stream_id": "s-fam-other", "name": "Other"})
    for position, variation in enumerate(items[1]["variations"]):
        variation["stream_id"] = f"s-var-other-{position}"
    return items[1]


def test_both_versions_of_a_file_show_the_same_choices():
    kinds = [("s-mg-kind", [("s-mod-cheddar", [])])]
    extras = [("s-mg-extras", [("s-mod-cheese", kinds), ("s-mod-bacon", [])])]
    for version in (1, 2):
        shown = _shown(example(version))
        indexes = _dishes(shown)[0]["modifier_group_indexes"]
        assert _unfolded(shown["modifier_groups"], indexes) == extras
        assert len(shown["modifier_groups"]) == 2


def test_a_group_that_dishes_share_is_sent_once():
    file = example(1)
    alone = _shown(file)["modifier_groups"]
    _second_dish(file)
    shown = _shown(file)
    first, second = _dishes(shown)
    assert shown["modifier_groups"] == alone
    assert first["modifier_group_indexes"] == second["modifier_group_indexes"]


def test_a_group_with_other_rules_has_a_place_of_its_own_under_the_same_id():
    file = example(1)
    second = _second_dish(file)
    second["modifier_groups"][0]["rules"] = {"maximum_unique_modifiers_allowed": 1}
    shown = _shown(file)
    groups = shown["modifier_groups"]
    one, other = (groups[dish["modifier_group_indexes"][0]] for dish in _dishes(shown))
    assert (one["id"], one["modifiers"]) == (other["id"], other["modifiers"])
    assert (one["maximum"], other["maximum"]) == (3, 1)


def test_what_has_no_groups_has_no_indexes():
    file = example(1)
    second = _second_dish(file)
    second["modifier_groups"] = []
    shown = _shown(file)
    assert "modifier_group_indexes" not in _dishes(shown)[1]
    del file["menus"][0]["categories"][0]["items"][0]
    assert _shown(file)["modifier_groups"] == []
