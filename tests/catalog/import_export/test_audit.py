"""The change history of an import: each changed object with its old and new values."""

import orjson
import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.import_export import importer
from catalog.models import ItemFamily, ObjectChange
from integration import actor
from tests.catalog.support.change_history import client, history_page
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


def recorded():
    changes = ObjectChange.objects.order_by("pk")
    return [(change.action, change.kind, change.name, change.changes) for change in changes]


def test_each_new_object_is_recorded_once(merchant, location):
    ObjectChange.objects.all().delete()  # The creation of the location.
    plan = load(merchant, sample_catalog.catalog())

    assert len(plan.added) > 10
    assert sorted((kind, name) for _, kind, name, _ in recorded()) == sorted(
        (planned.kind, planned.fields["name"]) for planned in plan.added
    )
    assert {(change.action, change.merchant_id) for change in ObjectChange.objects.all()} == {
        ("added", merchant.pk)
    }


def test_a_change_records_old_and_new_values_and_the_person(client, owner, merchant, loaded):
    burger = by_id(loaded, "burger")
    burger.update(name="Big burger", price_amount=950)

    with actor.on_behalf_of(owner), actor.change_reason(actor.BY_IMPORT):
        load(merchant, loaded)

    [change] = ObjectChange.objects.all()
    family = ItemFamily.objects.get(provider_id="burger")
    assert (change.action, change.kind, change.object_id) == ("changed", "item_family", family.pk)
    assert (change.person, change.person_name, change.reason) == (owner, "Pat Owner", "by import")
    assert sorted(change.changes) == [
        ["name", "", "Burger", "Big burger"],
        ["price", "money", 900, 950],
    ]
    page = history_page(client, family)
    assert "<s>9.00 USD</s> → <b>9.50 USD</b>" in page
    assert "Pat Owner, by import" in page


def test_losses_and_gains_of_lists_are_recorded(merchant, loaded):
    category = next(row for row in loaded["category"] if len(row["item_family_ids"]) > 1)
    first, *others = category["item_family_ids"]
    category["item_family_ids"] = [*others, first]
    load(merchant, loaded)
    assert recorded() == [
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

    assert recorded()[0][3] == [["item families", "", first, ""]]


def test_a_newly_counted_stock_is_recorded(merchant, loaded):
    item = loaded["item"][0]
    item["stock_count"] = 7
    load(merchant, loaded)
    item["stock_count"] = 3
    load(merchant, loaded)

    changes = [values for _, _, name, values in recorded() if name == item["name"]]
    assert changes == [[["stock count", "", "", "7"]], [["stock count", "", "7", "3"]]]


def test_removals_and_restorations_are_recorded(merchant, loaded):
    tea = {"provider_id": "tea", "name": "Tea", "price_amount": 300}
    load(merchant, {"item_family": [tea]}, merge=True)
    load(merchant, loaded)
    load(merchant, {"item_family": [tea]}, merge=True)

    assert [entry[:3] for entry in recorded()] == [
        ("added", "item_family", "Tea"),
        ("removed", "item_family", "Tea"),
        ("added", "item_family", "Tea"),
    ]
    assert ObjectChange.objects.values("object_id").distinct().count() == 1


def test_an_import_that_is_refused_or_changes_nothing_records_nothing(merchant, loaded):
    load(merchant, loaded)
    by_id(loaded, "burger").update(price_amount=-1)
    with pytest.raises(BadCatalog):
        load(merchant, loaded)

    assert recorded() == []


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
        counts.append(sum("catalog_objectchange" in query["sql"] for query in queries))
    assert counts == [1, 1]
