"""The readable difference between two menus."""

import pytest

from dsp.menu_intake import differences
from tests.dsp.menus.files import example, read


def _lines(change, version=1):
    before, after = example(version), example(version)
    change(after)
    found = differences.between(read(before).menu, read(after).menu)
    return [tuple(line.values()) for line in found]


def _item(file):
    return file["menus"][0]["categories"][0]["items"][0]


def _set(place, **fields):
    place.update(fields)


CHANGES = [
    (lambda file: None, []),
    (
        lambda file: _set(_item(file)["variations"][0], price=850, is_active=False, stock_count=3),
        [
            ("variation", "s-var-burger-r", "Burger, Regular", "price", "8.00 USD", "8.50 USD"),
            ("variation", "s-var-burger-r", "Burger, Regular", "available", "yes", "no"),
            ("variation", "s-var-burger-r", "Burger, Regular", "stock", "40", "3"),
        ],
    ),
    (
        lambda file: _set(_item(file), name="Hamburger", tax_ids=[]),
        [
            ("item", "s-fam-burger", "Hamburger", "name", "Burger", "Hamburger"),
            ("item", "s-fam-burger", "Hamburger", "taxes", "s-tax-sales", "none"),
            (
                "variation",
                "s-var-burger-r",
                "Hamburger, Regular",
                "name",
                "Burger, Regular",
                "Hamburger, Regular",
            ),
            (
                "variation",
                "s-var-burger-l",
                "Hamburger, Large",
                "name",
                "Burger, Large",
                "Hamburger, Large",
            ),
        ],
    ),
    (
        lambda file: _item(file)["variations"].pop(),
        [("variation", "s-var-burger-l", "Burger, Large", "removed", "", "")],
    ),
    (
        lambda file: _set(
            _item(file)["modifier_groups"][0]["rules"],
            minimum_unique_modifiers_allowed=1,
            amount_of_modifiers_free=1,
        ),
        [
            (
                "modifier group",
                "s-mg-extras",
                "Extras",
                "rules",
                "0 to 3, multiple, preselected 1 × s-mod-cheese",
                "1 to 3, multiple, 1 free, preselected 1 × s-mod-cheese",
            ),
        ],
    ),
    (
        lambda file: _set(file["menus"][0]["schedule"], sunday=["10:00-2:00"]),
        [("menu", "s-menu-all", "All day", "hours on sunday", "closed", "10:00-02:00")],
    ),
    (
        lambda file: (_set(file["taxes"][0], rate=9), file["holidays"].pop(0)),
        [
            ("holiday", "12-25", "Christmas Day", "removed", "", ""),
            ("tax", "s-tax-sales", "Sales tax", "rate", "8.5 %", "9 %"),
        ],
    ),
    (
        lambda file: _set(file, prep_time_minutes=25),
        [("file", "", "", "preparation time", "15 min", "25 min")],
    ),
]


@pytest.mark.parametrize(("change", "lines"), CHANGES)
def test_each_change_is_one_line(change, lines):
    assert _lines(change) == lines


def test_an_added_modifier_is_said_once_for_all_its_places():
    new = {"stream_id": "s-mod-egg", "name": "Egg", "price": 90, "currency": "usd"}

    def add(file):
        file["modifiers"].append(new)
        file["modifier_groups"][0]["modifier_ids"].append("s-mod-egg")

    assert _lines(add, version=2) == [("modifier", "s-mod-egg", "Egg", "added", "", "")]


def test_further_lines_are_counted(monkeypatch):
    monkeypatch.setattr(differences, "LISTED", 2)
    lines = _lines(CHANGES[1][0])
    assert len(lines) == 3
    assert lines[2] == ("more", "", "", "1", "", "")


def test_of_many_dishes_that_differ_some_are_described_and_all_counted(monkeypatch):
    monkeypatch.setattr(differences, "_DESCRIBED", 0)
    assert _lines(CHANGES[1][0]) == [("more", "", "", "1", "", "")]
