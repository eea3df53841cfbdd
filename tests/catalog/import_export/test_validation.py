"""Refusals of import_catalog: a bad file changes nothing, and the message names the object."""

import json

import orjson
import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.import_export import exporter, importer
from catalog.models import CatalogMark
from tests.sandbox.support import sample_catalog


def run(merchant, catalog, *, merge=False):
    # orjson cannot write the largest of the numbers below.
    content = catalog if isinstance(catalog, bytes) else json.dumps(catalog).encode()
    return importer.import_catalog(merchant, content, merge=merge)


def exported(merchant):
    return orjson.loads(exporter.export(merchant))


@pytest.fixture
def sample(merchant, location):
    catalog = sample_catalog.catalog()
    run(merchant, catalog)
    return catalog


def _set(array, position, **fields):
    def change(catalog):
        catalog[array][position] |= fields

    return change


def _put(**fields):
    return lambda catalog: catalog.update(fields)


REFUSED = [
    (_set("item", 1, price_amount=-1), "item 2 (pizza-l): price_amount must be at least 0."),
    (
        _set("item", 1, price_amount=1.5),
        "item 2 (pizza-l): price_amount must be a whole number, not a decimal number.",
    ),
    (
        _set("item", 1, price_amount="9"),
        "item 2 (pizza-l): price_amount must be a whole number, not text.",
    ),
    (
        _set("item", 1, price_amount=2**53 + 1),
        "item 2 (pizza-l): price_amount must be at most 9007199254740992.",
    ),
    (
        _set("item", 1, price_amount=10**400),
        "item 2 (pizza-l): price_amount must be at most 9007199254740992.",
    ),
    (_set("item", 1, price_amount=None), "item 2 (pizza-l): price_amount is missing."),
    (
        _set("item", 1, price_currency="eur"),
        "item 2 (pizza-l): price_currency is eur, but the merchant sells in usd.",
    ),
    (
        _set("item", 1, stock_count=2**31),
        "item 2 (pizza-l): stock_count must be at most 2147483647.",
    ),
    (_set("item", 1, name=""), "item 2 (pizza-l): name must have at least 1 character."),
    (_set("item", 1, name="x" * 201), "item 2 (pizza-l): name must have at most 200 characters."),
    (_set("item", 1, name="a\0b"), "item 2 (pizza-l): name must not contain NUL characters."),
    (_set("item", 1, name=None), "item 2 (pizza-l): name is missing."),
    (
        _set("item", 1, provider_id="a b"),
        "item 2 (a b): provider_id must be 1 to 128 letters, digits or symbols, without spaces.",
    ),
    (
        _set("item", 1, provider_id=3),
        "item 2 (no readable provider_id): provider_id must be text, not a whole number.",
    ),
    (
        _set("item", 1, provider_id="soda"),
        "item 2 (soda): item_family 3 (soda) has the same provider_id; every object needs its own.",
    ),
    (
        _set("item", 1, provider_id="pizza-s"),
        "item 2 (pizza-s): item 1 (pizza-s) has the same provider_id; every object needs its own.",
    ),
    (
        _set("item", 1, modifier_overrides=[{"modifier_id": "x", "price_amount": 1}]),
        "item 2 (pizza-l): modifier_overrides names x, but the catalog has no such modifier.",
    ),
    (
        _set("item", 1, dsp_price_amount_overrides=[{"dsp": "Uber Eats", "price_amount": 1}]),
        "item 2 (pizza-l): dsp_price_amount_overrides[0].dsp must be a channel in lowercase"
        " without spaces, like uber.",
    ),
    (
        _set("item", 1, dsp_price_amount_overrides=[{"dsp": "uber", "price_amount": 1}] * 2),
        "item 2 (pizza-l): dsp_price_amount_overrides names uber twice.",
    ),
    (
        _set("item_family", 0, item_ids=["pizza-s"]),
        "item 2 (pizza-l): no item_family lists it in its item_ids.",
    ),
    (
        _set("item_family", 0, item_ids=["pizza-s", "x"]),
        "item_family 1 (pizza): item_ids names x, but the catalog has no such item.",
    ),
    (
        _set("item_family", 0, item_ids=["pizza-s", "pizza-s"]),
        "item_family 1 (pizza): item_ids names pizza-s twice.",
    ),
    (
        _set("item_family", 0, item_ids="pizza-s"),
        "item_family 1 (pizza): item_ids must be a list, not text.",
    ),
    (
        _set("item_family", 0, default_item_id="x"),
        "item_family 1 (pizza): default_item_id x is not one of its item_ids.",
    ),
    (
        _set("item_family", 0, price_amount=1),
        "item_family 1 (pizza): it has item_ids, so price_amount must be omitted; its items have"
        " prices.",
    ),
    (
        _set("item_family", 2, price_amount=None),
        "item_family 3 (soda): price_amount is missing. It is required when there are no item_ids.",
    ),
    (
        _set("item_family", 3, images=[{"provider_url": "file:///etc"}]),
        "item_family 4 (wine): provider_url of image 1 is not an http or https URL.",
    ),
    (
        _set("item_family", 3, modifier_group_ids=["x"]),
        "item_family 4 (wine): modifier_group_ids names x, but the catalog has no such"
        " modifier_group.",
    ),
    (
        _set("category", 0, item_family_ids=["crust"]),
        "category 1 (cat-1): item_family_ids names crust, but the catalog has no such item_family.",
    ),
    (
        _set("modifier_group", 0, rules={"selection_type": "any"}),
        "modifier_group 1 (crust): selection_type any is not one of single, multiple,"
        " single_proportion.",
    ),
    (
        _set("modifier_group", 0, rules=sample_catalog.limits(3, 2)),
        "modifier_group 1 (crust): it requires at least 3 modifiers but allows at most 2.",
    ),
    (
        _set("modifier_group", 0, rules={"default_modifier_quantities": {"ham": 1}}),
        "modifier_group 1 (crust): default_modifier_quantities names ham, which is not in its"
        " modifier_ids.",
    ),
    (
        _set("modifier", 5, modifier_group_ids=["toppings"]),
        "modifier_group 2 (toppings): it contains itself: toppings > halves > toppings.",
    ),
    (
        _set("modifier", 5, modifier_group_ids=["halves"]),
        "modifier_group 2 (toppings): it contains itself: halves > halves.",
    ),
    (
        _set("menu", 0, schedule={"monday": ["09:00-25:00"]}),
        "menu 1 (menu-1): schedule: monday: 09:00-25:00 is not a window like 09:00-21:30.",
    ),
    (
        _set("menu", 0, schedule={"monday": ["09:00-09:00"]}),
        "menu 1 (menu-1): schedule: monday: 09:00-09:00 is not a window like 09:00-21:30.",
    ),
    (
        _set("menu", 0, schedule={"Monday": []}),
        "menu 1 (menu-1): schedule: Monday is not a day; use monday to sunday in lowercase.",
    ),
    (
        _set("menu", 0, schedule={"sunday": ["20:00-03:00"], "monday": ["02:00-04:00"]}),
        "menu 1 (menu-1): schedule: monday: 02:00-04:00 overlaps the window before it.",
    ),
    (_set("tax", 0, rate=1000), "tax 1 (tax-1): rate must be less than 1000."),
    (_set("tax", 0, rate=8.25001), "tax 1 (tax-1): rate has more than four decimal places."),
    (
        _set("tax", 0, is_default=False),
        "tax_rate is 8.25, but no active tax has is_default; add one to the tax array.",
    ),
    (
        _put(tax_rate=5),
        "tax_rate is 5, but the active default tax has 8.25; they must match.",
    ),
    (_put(item={}), "item must be a list, not an object."),
    (
        _put(item=[3]),
        "item 1 (no readable provider_id): it must be an object, not a whole number.",
    ),
    (
        _put(item=[{"name": "x"}]),
        "item 1 (no readable provider_id): provider_id is missing.",
    ),
    (
        lambda catalog: catalog.pop("tax"),
        'The file has no tax array, so it is not a complete catalog; add "tax": [] if there are'
        " none, or merge the file.",
    ),
]

_NO_LARGE = "item_family 1 (pizza): item_ids names pizza-l, but the catalog has no such item."
_NO_SMALL = "item_family 1 (pizza): item_ids names pizza-s, but the catalog has no such item."
_UNLISTED = "item 2 (pizza-l): no item_family lists it in its item_ids."
# What else is then wrong with the file, beside the sentence.
ALSO = {
    "item 2 (a b): provider_id must be 1 to 128 letters, digits or symbols, without spaces.": [
        _NO_LARGE
    ],
    "item 2 (no readable provider_id): provider_id must be text, not a whole number.": [_NO_LARGE],
    "item 2 (soda): item_family 3 (soda) has the same provider_id; every object needs its own.": [
        _NO_LARGE
    ],
    "item 2 (pizza-s): item 1 (pizza-s) has the same provider_id; every object needs its own.": [
        _NO_LARGE
    ],
    "item_family 1 (pizza): item_ids names x, but the catalog has no such item.": [_UNLISTED],
    "item_family 1 (pizza): item_ids names pizza-s twice.": [_UNLISTED],
    "tax 1 (tax-1): rate has more than four decimal places.": [
        "tax_rate is 8.25, but the active default tax has 8.25001; they must match."
    ],
    "item 1 (no readable provider_id): it must be an object, not a whole number.": [
        _NO_SMALL,
        _NO_LARGE,
    ],
    "item 1 (no readable provider_id): provider_id is missing.": [
        _NO_SMALL,
        _NO_LARGE,
        "item 1 (no readable provider_id): price_amount is missing.",
    ],
}


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
def test_a_bad_catalog_changes_nothing_and_the_message_names_the_object(
    merchant, sample, change, sentence
):
    before, marks = exported(merchant), CatalogMark.objects.count()
    bad = sample_catalog.catalog()
    bad["item_family"][2]["price_amount"] = 1
    change(bad)

    with pytest.raises(BadCatalog) as refusal:
        run(merchant, bad)

    messages = [problem.message for problem in refusal.value.problems]
    assert sentence in messages
    assert [message for message in messages if message != sentence] == ALSO.get(sentence, [])
    assert refusal.value.count == len(messages)
    assert exported(merchant) == before
    assert CatalogMark.objects.count() == marks
