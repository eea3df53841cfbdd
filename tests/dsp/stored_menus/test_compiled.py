"""The stored form of a menu, and a part of it for a page."""

import msgspec
import pytest

from dsp.stored_menus import compiled, preview
from tests.dsp.menus.files import example, read


@pytest.mark.parametrize("version", [1, 2])
def test_a_menu_is_read_back_as_it_was(version):
    menu = read(example(version)).menu
    assert compiled.unpack(compiled.pack(menu)) == menu


def _with_two_dishes():
    file = example(1)
    items = file["menus"][0]["categories"][0]["items"]
    second = {**items[0]["variations"][0], "stream_id": "s-var-veggie"}
    items.append({**items[0], "stream_id": "s-fam-veggie", "variations": [second]})
    return read(file).menu


def test_equal_groups_of_several_dishes_are_kept_once():
    first, second = (
        compiled.unpack(compiled.pack(_with_two_dishes())).menus[0].categories[0].families
    )
    assert first.groups[0] is second.groups[0]


def test_a_page_of_dishes_names_the_place_of_each(monkeypatch):
    monkeypatch.setattr(preview, "PER_PAGE", 1)
    encoded = preview.cut(compiled.pack(_with_two_dishes()), 2)
    part = msgspec.msgpack.decode(encoded, type=preview.Part)
    assert (part.currency, part.count) == ("usd", 2)
    (dish,) = part.dishes
    assert (dish.menu, dish.category, dish.family.stream_id) == (
        "All day", "Burgers", "s-fam-veggie",
    )  # fmt: skip
