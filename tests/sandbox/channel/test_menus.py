"""Menu files made from a POS's catalog."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import requests

from dsp.menus.reader import read_menu_file
from sandbox.channel.menus.flat import FlatMenu
from sandbox.channel.menus.nested import nested_menu
from sandbox.channel.menus.stream_ids import StreamIds
from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_channel import FakeChannel
from tests.sandbox.support.fake_pos import FakePos
from tests.sandbox.support.sample_catalog import catalog

from .guest import Menu

CHRISTMAS = {"date": "12-25", "recurring_yearly": True, "name": "Christmas Day"}


def file_of(content: dict[str, Any], version: str = "v2", channel: str = "demo") -> dict[str, Any]:
    ids = StreamIds()
    menu = FlatMenu(
        content,
        lambda kind, key: ids.assign("loc-1", kind, key),
        channel,
        families_switch=version == "v1",
    )
    flat = menu.build(prep_time_minutes=20, holidays=[CHRISTMAS])
    return nested_menu(flat, menu.families_off()) if version == "v1" else flat


def named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (row,) = [row for row in rows if row["name"] == name]
    return row


def v1_items(file: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for menu in file["menus"] for row in menu["categories"] for item in row["items"]]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_reader_of_our_channel_leaves_nothing_out(version: str) -> None:
    reading = read_menu_file(json.dumps(file_of(catalog(), version)).encode())

    assert reading.left_out == ()
    assert (reading.menu.version, reading.menu.currency) == (int(version[1]), "usd")
    mains, drinks = reading.menu.menus[0].categories
    assert [family.name for family in (*mains.families, *drinks.families)] == [
        "Pizza",
        "Burger",
        "Soda",
        "Wine",
    ]
    assert reading.menu.taxes[0].rate == Decimal("8.25")
    assert reading.menu.holidays[0].name == "Christmas Day"


def test_no_id_is_the_poss_and_every_id_leads_back_to_it() -> None:
    ids, content = StreamIds(), catalog()
    FlatMenu(content, lambda kind, key: ids.assign("loc-1", kind, key), "demo").build(
        prep_time_minutes=20, holidays=[]
    )
    own = {
        row["provider_id"] for rows in content.values() if isinstance(rows, list) for row in rows
    }

    for row in ids.as_json("loc-1"):
        assert row["stream_id"] not in own
        assert ids.provider_id("loc-1", row["stream_id"], row["kind"]) == row["provider_id"]
        assert ids.provider_id("loc-2", row["stream_id"], row["kind"]) is None


def test_a_family_without_items_has_one_variation() -> None:
    file = file_of(catalog())

    burger = named(file["item_families"], "Burger")
    (variation,) = [row for row in file["items"] if row["stream_id"] in burger["item_ids"]]
    assert (variation["name"], variation["price"]) == ("Burger", 900)


def test_prices_are_those_of_the_channel() -> None:
    file = file_of(catalog(), channel="uber")

    assert named(file["items"], "Burger")["price"] == 990


def test_a_family_that_is_off_is_off_in_its_items_or_as_such() -> None:
    content = catalog()
    content["item_family"][0]["is_active"] = False

    flat, nested = file_of(content), file_of(content, "v1")

    pizza = named(v1_items(nested), "Pizza")
    assert named(flat["items"], "Small")["is_active"] is False
    assert pizza["is_active"] is False
    assert [row["is_active"] for row in pizza["variations"]] == [True, True]


def test_a_group_that_is_off_is_left_out_unless_it_is_required() -> None:
    content = catalog()
    for group in content["modifier_group"]:
        group["is_active"] = group["provider_id"] not in ("crust", "toppings")

    file = file_of(content)

    assert named(file["modifier_groups"], "crust")["modifier_ids"] == []
    assert "toppings" not in [row["name"] for row in file["modifier_groups"]]
    assert len(named(file["item_families"], "Pizza")["modifier_group_ids"]) == 1


def test_what_a_size_costs_more_is_an_override_and_in_version_1_the_dearest_price() -> None:
    flat, nested = file_of(catalog()), file_of(catalog(), "v1")

    thin = named(flat["modifiers"], "thin")
    (override,) = named(flat["items"], "Small")["modifier_overrides"]
    assert (thin["price"], override) == (
        50,
        {"modifier_id": thin["stream_id"], "price_amount": 75},
    )
    crust = named(named(v1_items(nested), "Pizza")["modifier_groups"], "crust")
    assert named(crust["modifiers"], "thin")["price"] == 75


def test_defaults_are_inside_the_rules_and_in_version_1_beside_them() -> None:
    flat, nested = file_of(catalog()), file_of(catalog(), "v1")

    defaults = {named(flat["modifiers"], "done")["stream_id"]: 1}
    assert named(flat["modifier_groups"], "doneness")["rules"] == {
        "selection_type": "single",
        "minimum_unique_modifiers_allowed": 1,
        "maximum_unique_modifiers_allowed": 1,
        "default_modifier_quantities": defaults,
    }
    group = named(named(v1_items(nested), "Burger")["modifier_groups"], "doneness")
    assert group["default_modifier_quantities"] == defaults
    assert "default_modifier_quantities" not in group["rules"]


def test_objects_the_catalog_no_longer_has_are_named_nowhere() -> None:
    content = catalog()
    content["modifier"] = [row for row in content["modifier"] if row["provider_id"] != "ham"]
    content["item_family"] = content["item_family"][:2]
    content["item_family"][0]["default_item_id"] = "pizza-xl"
    content["tax"][0]["is_active"] = False

    file = file_of(content)

    assert "default_item_id" not in named(file["item_families"], "Pizza")

    assert len(named(file["modifier_groups"], "toppings")["modifier_ids"]) == 2
    assert named(file["categories"], "Drinks")["item_family_ids"] == []
    assert (file["taxes"], named(file["item_families"], "Pizza")["tax_ids"]) == ([], [])


def test_a_catalog_without_menus_is_always_open_and_without_taxes_has_its_rate() -> None:
    content = {**catalog(), "menu": [], "tax": []}

    file = file_of(content)

    (menu,) = file["menus"]
    assert (menu["schedule"]["sunday"], len(menu["category_ids"])) == (["00:00-23:59"], 2)
    (tax,) = file["taxes"]
    assert (tax["rate"], tax["is_default"]) == (8.25, True)
    assert named(file["item_families"], "Burger")["tax_ids"] == [tax["stream_id"]]


def test_a_file_is_served_under_its_signed_url_only(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    url = channel.bodies("location.publish")[0]["download_url"]

    packed = requests.get(url, timeout=10)
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=10)
    assert url.startswith(f"{sandbox.url}/menus/{store}/1.json?X-Amz-Signature=")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert requests.get(url[:-1] + "x", timeout=10).status_code == 403
    sandbox.post("channel/file-server", status=503, times=1)
    assert [requests.get(url, timeout=10).status_code for _ in range(2)] == [503, 200]


def test_ids_stay_the_same_over_publishes(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    first = Menu(channel)
    pos.catalog["item_family"][2]["price_amount"] = 275

    sandbox.post("channel/publish", store_id=store, holidays=[CHRISTMAS], prep_time_minutes=25)

    second = Menu(channel)
    assert second.id("items", "Soda") == first.id("items", "Soda")
    assert named(second.file["items"], "Soda")["price"] == 275
    assert (second.file["prep_time_minutes"], second.file["holidays"]) == (25, [CHRISTMAS])


def test_a_file_of_ones_own_is_served_byte_for_byte(sandbox: Caller, channel: FakeChannel) -> None:
    answer = sandbox.post("channel/publish", store_id="str_9Q1D", file='{"menus": [], ').json()

    assert (answer["status"], answer["bytes"]) == (200, 14)
    assert requests.get(answer["download_url"], timeout=10).text == '{"menus": [], '


def test_a_store_without_a_pos_has_a_sample_menu(sandbox: Caller, channel: FakeChannel) -> None:
    for version in ("v1", "v2"):
        answer = sandbox.post("channel/publish", store_id="str_9Q1D", version=version).json()

        content = requests.get(answer["download_url"], timeout=10).content
        reading = read_menu_file(content)
        assert (reading.menu.version, reading.left_out) == (int(version[1]), ())
