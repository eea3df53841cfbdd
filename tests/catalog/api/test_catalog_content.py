"""Get Catalog: its content (contract CAT)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from catalog import models
from tests.catalog.support.full_menu import FULL_CATALOG, by_id
from tests.support import factories

EXAMPLES = Path(__file__).parents[2] / "examples"
KEYS = json.loads((EXAMPLES / "pos_catalog_keys.json").read_text())
NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
ARRAYS = {
    "category": ["item_family_ids"],
    "item_family": [
        "item_ids", "modifier_group_ids", "images", "tax_ids", "allergens",
        "dsp_price_amount_overrides",
    ],
    "item": ["dsp_price_amount_overrides", "modifier_overrides"],
    "modifier_group": ["modifier_ids"],
    "modifier": ["images", "modifier_group_ids", "dsp_price_amount_overrides"],
    "menu": ["category_ids"],
}  # fmt: skip


def test_the_catalog_has_every_feature_of_the_contract(stream, full):
    answer = stream.catalog("loc_downtown")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == FULL_CATALOG


def test_an_empty_menu_has_the_published_keys_and_empty_arrays(stream):
    answer = stream.catalog("loc_downtown")

    assert list(answer.json()) == list(KEYS)
    assert answer.json() == KEYS


def test_arrays_are_always_present_and_fields_without_a_value_are_left_out(stream, full):
    catalog = stream.catalog("loc_downtown").json()

    for kind, names in ARRAYS.items():
        for row in catalog[kind]:
            assert all(isinstance(row[name], list) for name in names)
    assert "null" not in json.dumps(catalog)
    assert '""' not in json.dumps(catalog)


def test_every_id_is_unique_and_every_reference_resolves(stream, full):
    catalog = stream.catalog("loc_downtown").json()
    ids = [row["provider_id"] for array in list(catalog.values())[1:] for row in array]
    named = {
        identity
        for kind, names in ARRAYS.items()
        for row in catalog[kind]
        for name in names
        if name.endswith("_ids")
        for identity in row[name]
    }

    assert len(ids) == len(set(ids))
    assert named <= set(ids)


def test_a_family_has_a_price_if_and_only_if_it_has_no_items(stream, merchant):
    family = factories.family(merchant, provider_id="fam")
    assert by_id(stream.catalog().json(), "fam")["price_amount"] == 1000

    item = factories.item(family, provider_id="item")
    models.ItemFamily.objects.update(price_amount=700)
    sized = by_id(stream.catalog().json(), "fam")
    assert sized["item_ids"] == ["item"]
    assert sized.keys().isdisjoint({"price_amount", "price_currency"})

    type(item).objects.update(archived_at=NOW)
    bare = by_id(stream.catalog().json(), "fam")
    assert (bare["price_amount"], bare["price_currency"], bare["item_ids"]) == (700, "usd", [])


@pytest.mark.parametrize(("currency", "written"), [("jpy", "jpy"), ("KWD", "kwd"), ("usd", "usd")])
def test_amounts_are_whole_numbers_of_the_currencys_smallest_unit(
    stream, merchant, currency, written
):
    type(merchant).objects.update(currency=currency)
    factories.item(factories.family(merchant, provider_id="fam"), provider_id="i", price_amount=5)
    factories.modifier(merchant, provider_id="m", price_amount=2**53)

    catalog = stream.catalog().json()

    assert [by_id(catalog, key)["price_currency"] for key in "im"] == [written, written]
    assert [by_id(catalog, key)["price_amount"] for key in "im"] == [5, 2**53]


@pytest.mark.parametrize(
    ("tax", "rate"),
    [({"is_default": True}, 8.25), ({}, 0), ({"is_default": True, "is_active": False}, 0)],
)
def test_the_tax_rate_is_that_of_the_active_default_tax(stream, merchant, tax, rate):
    factories.tax(merchant, **tax)

    assert stream.catalog().json()["tax_rate"] == rate


def test_an_object_off_until_a_time_is_back_on_exactly_then(stream, merchant, location):
    soda = factories.family(merchant, provider_id="soda")
    models.FamilyAtLocation.objects.create(
        object=soda, location=location, is_active=False, inactive_until=NOW
    )

    for instant, is_active in ((NOW - timedelta(seconds=1), False), (NOW, True)):
        with time_machine.travel(instant, tick=False):
            assert by_id(stream.catalog().json(), "soda")["is_active"] is is_active
