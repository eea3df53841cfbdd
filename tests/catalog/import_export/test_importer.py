"""import_catalog: objects that are removed, restored, switched off or refused."""

import copy
from datetime import UTC, datetime

import orjson
import pytest

from catalog import models
from catalog.import_errors.problems import BadCatalog
from catalog.import_export import exporter, importer
from catalog.models import CatalogMark
from tests.catalog.support import random_catalogs
from tests.catalog.support.full_menu import by_id
from tests.catalog.support.random_catalogs import canonical
from tests.sandbox.support import sample_catalog
from tests.support import factories

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def run(merchant, catalog, *, merge=False):
    content = catalog if isinstance(catalog, bytes) else orjson.dumps(catalog)
    return importer.import_catalog(merchant, content, merge=merge)


def exported(merchant, location=None):
    return orjson.loads(exporter.export(merchant, location))


@pytest.fixture
def sample(merchant, location):
    catalog = sample_catalog.catalog()
    run(merchant, catalog)
    return catalog


def without(catalog, array, provider_id, *lists):
    """Return the catalog without an object, and without its id in those lists."""
    catalog = copy.deepcopy(catalog)
    catalog[array] = [row for row in catalog[array] if row["provider_id"] != provider_id]
    for other, field in lists:
        for row in catalog[other]:
            row[field] = [key for key in row.get(field, []) if key != provider_id]
    return catalog


def test_a_missing_object_is_archived_and_restored_as_itself(merchant, sample):
    before = exported(merchant)
    soda = models.ItemFamily.objects.get(provider_id="soda")
    less = without(sample, "item_family", "soda", ("category", "item_family_ids"))

    removal = run(merchant, less)
    is_archived = models.ItemFamily.objects.get(pk=soda.pk).archived_at is not None
    back = run(merchant, sample)

    assert removal.removed == [("item_family", "soda", "Soda")]
    assert is_archived
    assert [planned.provider_id for planned in back.added] == ["soda"]
    assert models.ItemFamily.objects.get(provider_id="soda").pk == soda.pk
    assert canonical(exported(merchant)) == canonical(before)


def test_a_restored_object_has_no_old_links(merchant, sample):
    """Links to and from it, its sizes, default and stock are only what the file contains."""
    bare = {**sample, "item_family": [], "item": [], "category": [], "menu": []}
    sample["item"][0]["stock_count"] = 4
    run(merchant, sample)
    run(merchant, bare)
    again = without(sample, "item", "pizza-l", ("item_family", "item_ids"))
    del again["item_family"][0]["default_item_id"]
    del again["item"][0]["stock_count"]
    del again["item"][0]["modifier_overrides"]
    again["item_family"][0] |= {"modifier_group_ids": [], "tax_ids": []}
    again["category"][0]["item_family_ids"] = ["burger"]
    again["menu"][0]["category_ids"] = []
    again["item_family"][1]["dsp_price_amount_overrides"] = []

    run(merchant, again)

    result = exported(merchant)
    pizza = by_id(result, "pizza")
    assert (pizza["item_ids"], pizza["modifier_group_ids"], pizza["tax_ids"]) == (
        ["pizza-s"],
        [],
        [],
    )
    assert "default_item_id" not in pizza
    assert "stock_count" not in by_id(result, "pizza-s")
    assert by_id(result, "pizza-s")["modifier_overrides"] == []
    assert by_id(result, "cat-1")["item_family_ids"] == ["burger"]
    assert by_id(result, "burger")["dsp_price_amount_overrides"] == []


def test_old_links_to_an_archived_object_are_not_restored_with_it(merchant, sample):
    models.Modifier.objects.filter(provider_id="ham").update(archived_at=LONG_AGO)
    models.Item.objects.filter(provider_id="pizza-s").update(archived_at=LONG_AGO)
    catalog = copy.deepcopy(sample)
    catalog["modifier_group"][1]["modifier_ids"] = ["olives", "half"]
    del catalog["item_family"][0]["default_item_id"]

    run(merchant, catalog)

    assert by_id(exported(merchant), "toppings")["modifier_ids"] == ["olives", "half"]
    assert "default_item_id" not in by_id(exported(merchant), "pizza")
    assert by_id(exported(merchant), "ham")["price_amount"] == 150


def test_old_items_of_an_archived_family_are_not_restored_with_it(merchant, sample):
    models.ItemFamily.objects.filter(provider_id="pizza").update(archived_at=LONG_AGO)
    catalog = without(sample, "item", "pizza-l", ("item_family", "item_ids"))

    run(merchant, catalog)

    assert by_id(exported(merchant), "pizza")["item_ids"] == ["pizza-s"]
    assert models.Item.objects.get(provider_id="pizza-l").archived_at is not None


def test_availability_and_price_at_a_location_are_kept(merchant, location, sample, stream):
    uptown = factories.location(merchant, provider_id="loc_uptown")
    soda = models.ItemFamily.objects.get(provider_id="soda")
    models.FamilyAtLocation.objects.create(
        object=soda, location=uptown, is_active=False, price_amount=300
    )
    by_id(sample, "soda")["price_amount"] = 275

    run(merchant, sample)

    here = by_id(stream.catalog("loc_downtown").json(), "soda")
    there = by_id(stream.catalog("loc_uptown").json(), "soda")
    assert (here["is_active"], here["price_amount"]) == (True, 275)
    assert (there["is_active"], there["price_amount"]) == (False, 300)
    assert by_id(exported(merchant), "soda") == here
    assert by_id(exported(merchant, uptown), "soda") == there


def test_a_new_size_order_and_a_new_default_tax_are_imported(merchant, sample):
    models.Item.objects.filter(provider_id="pizza-l").update(position=9)
    pizza = by_id(sample, "pizza")
    pizza["item_ids"] = ["pizza-m", "pizza-s", "pizza-l"]
    pizza["default_item_id"] = "pizza-m"
    sample["item"].append({**sample["item"][1], "provider_id": "pizza-m", "name": "Medium"})
    sample["tax"][0]["is_default"] = False
    sample["tax"].insert(0, {"provider_id": "t2", "name": "T", "rate": 5, "is_default": True})
    sample["tax_rate"] = 5

    run(merchant, sample)

    result = exported(merchant)
    assert by_id(result, "pizza")["item_ids"] == ["pizza-m", "pizza-s", "pizza-l"]
    assert by_id(result, "pizza")["default_item_id"] == "pizza-m"
    assert result["tax_rate"] == 5
    assert [by_id(result, tax)["is_default"] for tax in ("tax-1", "t2")] == [False, True]


def test_a_merge_only_adds_and_changes(merchant, sample):
    before = exported(merchant)
    partial = {
        "item_family": [{**by_id(before, "soda"), "price_amount": 260}],
        "category": [
            {"provider_id": "cat-3", "name": "Sweet", "item_family_ids": ["cake", "burger"]}
        ],
    }
    partial["item_family"].append({"provider_id": "cake", "name": "Cake", "price_amount": 5})

    plan = run(merchant, partial, merge=True)

    after = exported(merchant)
    assert (len(plan.added), len(plan.changed), plan.removed) == (2, 1, [])
    assert by_id(after, "soda") == {**by_id(before, "soda"), "price_amount": 260}
    assert by_id(after, "cat-3")["item_family_ids"] == ["cake", "burger"]
    kept = [row for row in after["item_family"] if row["provider_id"] not in ("soda", "cake")]
    assert kept == [row for row in before["item_family"] if row["provider_id"] != "soda"]
    assert [after[array] for array in ("item", "modifier", "modifier_group", "menu", "tax")] == [
        before[array] for array in ("item", "modifier", "modifier_group", "menu", "tax")
    ]


def test_a_window_past_midnight_is_split(merchant, sample):
    sample["menu"][0]["schedule"] = {
        "friday": ["18:00-02:30"],
        "saturday": ["23:59-01:00", "10:00-12:00", "18:00-24:00"],
        "sunday": ["20:00-00:00"],
    }

    run(merchant, sample)

    assert by_id(exported(merchant), "menu-1")["schedule"] == {
        "monday": [], "tuesday": [], "wednesday": [], "thursday": [],
        "friday": ["18:00-23:59"],
        "saturday": ["00:00-02:30", "10:00-12:00", "18:00-23:59"],
        "sunday": ["00:00-01:00", "20:00-23:59"],
    }  # fmt: skip
    marks = CatalogMark.objects.count()
    run(merchant, sample)
    assert CatalogMark.objects.count() == marks


def test_groups_may_be_nested_ten_deep(merchant, sample):
    catalog = sample_catalog.catalog()
    for depth in range(10):
        nested = {"modifier_group_ids": [f"g{depth + 1}"]} if depth < 9 else {}
        catalog["modifier"].append(sample_catalog.modifier(f"m{depth}", 1, **nested))
        catalog["modifier_group"].append(sample_catalog.group(f"g{depth}", [f"m{depth}"]))

    run(merchant, catalog)

    assert by_id(exported(merchant), "m8")["modifier_group_ids"] == ["g9"]


def test_a_worker_is_woken_once_and_only_after_changes(
    merchant, sample, woken, django_capture_on_commit_callbacks
):
    sample["item"][0]["price_amount"] = 5
    with django_capture_on_commit_callbacks(execute=True):
        run(merchant, sample)
    assert woken == [("catalog.tasks.refresh", merchant.pk)]

    with django_capture_on_commit_callbacks(execute=True):
        run(merchant, sample)
    assert len(woken) == 1


def test_a_failure_halfway_changes_nothing(merchant, sample, monkeypatch):
    before, marks = exported(merchant), CatalogMark.objects.count()
    monkeypatch.setattr("catalog.import_export.writer.PlanWriter._write_stock", lambda self: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run(merchant, random_catalogs.make(5, seed=1))

    assert exported(merchant) == before
    assert CatalogMark.objects.count() == marks


def test_a_dry_run_returns_the_plan_and_changes_nothing(merchant, sample):
    before, marks = exported(merchant), CatalogMark.objects.count()
    catalog = without(sample, "item_family", "soda", ("category", "item_family_ids"))
    by_id(catalog, "burger")["is_active"] = False

    plan = importer.plan_import(merchant, orjson.dumps(catalog), merge=False)

    assert [planned.provider_id for planned in plan.switched_off] == ["burger"]
    assert plan.removed == [("item_family", "soda", "Soda")]
    assert exported(merchant) == before
    assert CatalogMark.objects.count() == marks


@pytest.mark.parametrize(
    ("partial", "sentence"),
    [
        (
            {"item_family": [{"provider_id": "pizza", "name": "P", "item_ids": ["pizza-s"]}]},
            "item 2 (pizza-l): no item_family lists it in its item_ids.",
        ),
        (
            {"tax": [{"provider_id": "t", "name": "T", "rate": 1, "is_default": True}]},
            "tax 2 (tax-1): is_default is true, but tax 1 (t) is already the default.",
        ),
        (
            {"category": [{"provider_id": "c", "name": "C", "item_family_ids": ["gone"]}]},
            "category 1 (c): item_family_ids names gone, but the catalog has no such item_family.",
        ),
    ],
)
def test_a_merge_must_fit_the_current_catalog(merchant, sample, partial, sentence):
    factories.family(merchant, provider_id="gone", archived_at=LONG_AGO)
    before = exported(merchant)

    with pytest.raises(BadCatalog) as refusal:
        run(merchant, partial, merge=True)

    assert str(refusal.value) == sentence
    assert exported(merchant) == before
