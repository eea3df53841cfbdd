"""What an import leaves in the history: each object that it changed, from what to what."""

import orjson
import pytest

from catalog.import_export import importer
from catalog.import_export.parser import BadCatalog
from catalog.models import ItemFamily, ObjectChange
from integration import actor
from tests.catalog.support.change_history import client, shown
from tests.catalog.support.full_menu import by_id
from tests.sandbox.support import sample_catalog
from tests.support import factories

__all__ = ["client"]


def load(merchant, catalog, *, merge=False):
    return importer.import_catalog(merchant, orjson.dumps(catalog), merge=merge)


@pytest.fixture
def loaded(merchant, location):
    load(merchant, sample_catalog.catalog())
    ObjectChange.objects.all().delete()
    return sample_catalog.catalog()


def noted():
    rows = ObjectChange.objects.order_by("pk")
    return [(one.action, one.kind, one.name, one.changes) for one in rows]


def test_each_new_object_is_noted_once(merchant, location):
    ObjectChange.objects.all().delete()  # Of the location.
    plan = load(merchant, sample_catalog.catalog())

    assert len(plan.added) > 10
    assert sorted((one[1], one[2]) for one in noted()) == sorted(
        (one.kind, one.fields["name"]) for one in plan.added
    )
    assert {(one.action, one.merchant_id) for one in ObjectChange.objects.all()} == {
        ("added", merchant.pk)
    }


def test_a_change_says_from_what_to_what_and_who_asked(client, owner, merchant, loaded):
    burger = by_id(loaded, "burger")
    burger.update(name="Big burger", price_amount=950)

    with actor.on_behalf_of(owner), actor.because(actor.BY_IMPORT):
        load(merchant, loaded)

    [change] = ObjectChange.objects.all()
    family = ItemFamily.objects.get(provider_id="burger")
    assert (change.action, change.kind, change.object_id) == ("changed", "item_family", family.pk)
    assert (change.person, change.person_name, change.reason) == (owner, "Pat Owner", "by import")
    assert sorted(change.changes) == [
        ["name", "", "Burger", "Big burger"],
        ["price", "money", 900, 950],
    ]
    page = shown(client, family)
    assert "<s>9.00 USD</s> → <b>9.50 USD</b>" in page
    assert "Pat Owner, by import" in page


def test_what_lists_lose_and_gain_is_named(merchant, loaded):
    category = next(row for row in loaded["category"] if len(row["item_family_ids"]) > 1)
    first, *others = category["item_family_ids"]
    category["item_family_ids"] = [*others, first]
    load(merchant, loaded)
    assert noted() == [
        (
            "changed",
            "category",
            category["name"],
            [["item families", "", "another order", "this order"]],
        )
    ]
    ObjectChange.objects.all().delete()

    category["item_family_ids"] = others
    load(merchant, loaded)

    assert noted()[0][3] == [["item families", "", first, ""]]


def test_a_stock_that_is_counted_from_now_on_is_noted(merchant, loaded):
    item = loaded["item"][0]
    item["stock_count"] = 7
    load(merchant, loaded)
    item["stock_count"] = 3
    load(merchant, loaded)

    changes = [one[3] for one in noted() if one[2] == item["name"]]
    assert changes == [[["stock count", "", "", "7"]], [["stock count", "", "7", "3"]]]


def test_what_is_removed_and_brought_back_is_noted(merchant, loaded):
    tea = {"provider_id": "tea", "name": "Tea", "price_amount": 300}
    load(merchant, {"item_family": [tea]}, merge=True)
    load(merchant, loaded)
    load(merchant, {"item_family": [tea]}, merge=True)

    assert [one[:3] for one in noted()] == [
        ("added", "item_family", "Tea"),
        ("removed", "item_family", "Tea"),
        ("added", "item_family", "Tea"),
    ]
    assert ObjectChange.objects.values("object_id").distinct().count() == 1


def test_an_import_that_is_refused_or_changes_nothing_notes_nothing(merchant, loaded):
    load(merchant, loaded)
    by_id(loaded, "burger").update(price_amount=-1)
    with pytest.raises(BadCatalog):
        load(merchant, loaded)

    assert noted() == []


def test_the_number_of_statements_does_not_depend_on_the_number_of_objects(
    merchant, location, django_assert_max_num_queries
):
    counts = []
    for size in (5, 300):
        other = factories.merchant(name=f"Of {size}")
        factories.location(other)
        families = [
            {"provider_id": f"f{number}", "name": f"Dish {number}", "price_amount": 100}
            for number in range(size)
        ]
        with django_assert_max_num_queries(200) as queries:
            load(other, {"item_family": families}, merge=True)
        counts.append(sum("catalog_objectchange" in one["sql"] for one in queries))
    assert counts == [1, 1]
