"""Version 2: prices and rules by place, broken links, circles of groups."""

import pytest

from dsp.menus.limits import BadMenuFile, Limits

from .files import burger, example, read, reasons


def _tree(groups):
    return [
        (group.stream_id, [(one.stream_id, _tree(one.groups)) for one in group.modifiers])
        for group in groups
    ]


def test_each_menu_has_its_own_price_and_availability():
    file = example(2)
    file["menus"].append(file["menus"][0] | {"stream_id": "s-menu-night"})
    file["items"][0]["menu_specific_overrides"] = [
        {"menu_id": "s-menu-night", "price_amount": 950, "is_active": False}
    ]
    day, night = (menu.categories[0].families[0].variations for menu in read(file).menu.menus)
    assert [(one.price, one.is_active) for one in day] == [(800, True), (1000, True)]
    assert [(one.price, one.is_active) for one in night] == [(950, False), (1000, True)]


def test_an_item_with_a_broken_price_for_a_menu_is_left_out():
    file = example(2)
    file["items"][0]["menu_specific_overrides"][0]["price_amount"] = 1.5
    reading = read(file)
    assert [one.stream_id for one in burger(reading).variations] == ["s-var-burger-l"]
    assert ("variation", "s-var-burger-r", "price") in reasons(reading)


def test_links_to_nothing_are_left_out_and_listed_once():
    file = example(2)
    file["menus"][0]["category_ids"].append("no-category")
    file["menus"].append(file["menus"][0] | {"stream_id": "s-menu-2"})
    file["categories"][0]["item_family_ids"].append("no-family")
    family = file["item_families"][0]
    family["item_ids"].append("no-item")
    family["modifier_group_ids"].append("no-group")
    file["modifier_groups"][0]["modifier_ids"].append("no-modifier")
    file["modifiers"][0]["nested_modifier_group_ids"].append("no-nested")
    file["items"][1]["modifier_overrides"].append({"modifier_id": "no-m", "price_amount": 1})
    file["items"][1]["menu_specific_overrides"] = [{"menu_id": "no-menu", "price_amount": 1}]
    reading = read(file)
    found = reading.left_out
    assert reading.left_out_count == len(found)
    assert sorted((one.kind, one.detail.rpartition(" ")[2]) for one in found) == [
        ("category", "no-family."),
        ("family", "no-group."),
        ("family", "no-item."),
        ("menu", "no-category."),
        ("menu", "no-category."),
        ("modifier", "file."),
        ("modifier_group", "no-modifier."),
        ("variation", "no-m."),
        ("variation", "no-menu."),
    ]
    assert {one.reason for one in found} == {"unknown_reference"}


def test_a_group_is_cut_where_it_would_repeat_below_itself():
    file = example(2)
    file["modifiers"][2]["nested_modifier_group_ids"] = ["s-mg-extras"]  # Cheddar.
    file["item_families"][0]["modifier_group_ids"] = ["s-mg-extras", "s-mg-kind"]
    reading = read(file)
    bacon = ("s-mod-bacon", [])
    assert _tree(burger(reading).groups) == [
        (
            "s-mg-extras",
            [("s-mod-cheese", [("s-mg-kind", [("s-mod-cheddar", [])])]), bacon],
        ),
        (
            "s-mg-kind",
            [("s-mod-cheddar", [("s-mg-extras", [("s-mod-cheese", []), bacon])])],
        ),
    ]
    assert reasons(reading) == [
        ("modifier", "s-mod-cheddar", "cycle"),
        ("modifier", "s-mod-cheese", "cycle"),
    ]


def test_the_rules_of_a_group_are_those_for_its_direct_parent():
    file = example(2)
    file["modifier_groups"][1]["overrides"] = [
        {"parent_id": "s-mod-cheese", "override_rules": {"minimum_unique_modifiers_allowed": 1}},
        {"parent_id": "s-mod-cheese", "override_rules": {}},
    ]
    file["item_families"][0]["modifier_group_ids"].append("s-mg-kind")
    reading = read(file)
    extras, kind = burger(reading).groups
    below = extras.modifiers[0].groups[0]
    assert (below.rules.minimum, below.rules.maximum) == (1, 1)
    assert kind.rules.minimum == 0
    assert reasons(reading) == [("modifier_group", "s-mg-kind", "duplicate")]


def _chain(length):
    file = example(2)
    file["modifiers"] = [
        {"stream_id": f"m{n}", "name": "M", "price": 0, "currency": "usd",
         "nested_modifier_group_ids": [f"g{n + 1}"] if n + 1 < length else []}
        for n in range(length)
    ]  # fmt: skip
    file["modifier_groups"] = [
        {"stream_id": f"g{n}", "name": "G", "modifier_ids": [f"m{n}"]} for n in range(length)
    ]
    file["item_families"][0]["modifier_group_ids"] = ["g0"]
    file["items"][1].pop("modifier_overrides")
    return file


def test_groups_below_each_other_are_limited_like_levels_of_version_1():
    assert burger(read(_chain(14))).groups[0].stream_id == "g0"
    for length in (15, 5000):
        with pytest.raises(BadMenuFile, match="More than 14 modifier groups"):
            read(_chain(length))
    backwards = _chain(15)  # The lower ones are built first, and used again below the others.
    backwards["item_families"][0]["modifier_group_ids"] = ["g7", "g0"]
    with pytest.raises(BadMenuFile, match="More than 14 modifier groups"):
        read(backwards)


def test_a_thicket_of_circles_is_refused_soon():
    file = _chain(14)
    for modifier in file["modifiers"]:
        modifier["nested_modifier_group_ids"] = [f"g{n}" for n in range(14)]
    with pytest.raises(BadMenuFile, match="more than 20,000 references"):
        read(file, Limits(references=20_000))


def test_images_are_one_object_or_a_list():
    file = example(2)
    file["item_families"][0]["images"] = [{"url": "https://img.example.com/a.jpg"}]
    assert burger(read(file)).image_url == "https://img.example.com/a.jpg"
