"""The menu check: a warning points out a probable mistake, and keeps nothing out."""

import time
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import models
from catalog.models import Item, ItemFamily, Modifier, ModifierGroup
from catalog.validation import check
from catalog.validation.report import WARNINGS
from tests.catalog.support import valid_menu
from tests.catalog.support.many_families import add_many
from tests.catalog.support.valid_menu import ids
from tests.support import factories

ARCHIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def good(merchant, location):
    valid_menu.make(merchant)


def edit(model, provider_id, **fields):
    assert model.objects.filter(provider_id=provider_id).update(**fields) == 1


def get(model, provider_id):
    return model.objects.get(provider_id=provider_id)


def here(model, kind, provider_id, **fields):
    model.objects.create(
        object=get(kind, provider_id), location=models.Location.objects.get(), **fields
    )


def off(model, kind, *provider_ids):
    for provider_id in provider_ids:
        here(model, kind, provider_id, is_active=False)


def picture(url):
    models.FamilyImage.objects.update(url=url)


def picture_twice():
    burger = get(ItemFamily, "burger")
    models.FamilyImage.objects.create(object=burger, url="https://img.example.com/burger.jpg")


def add_twin(merchant):
    group = get(ModifierGroup, "extras")
    twin = factories.modifier(merchant, provider_id="burger_item", name="Pickles")
    models.GroupModifier.objects.create(group=group, modifier=twin)


def break_group():
    edit(ModifierGroup, "extras", minimum_unique_modifiers=3)


# The change; the expected warnings.
DOUBTFUL = [
    (lambda m: edit(ItemFamily, "burger", price_amount=0), [("price-zero", "burger")]),
    (lambda m: edit(Item, "small", price_amount=0), [("price-zero", "small")]),
    (
        lambda m: here(models.ItemAtLocation, Item, "small", price_amount=0),
        [("price-zero", "small")],
    ),
    (lambda m: edit(ItemFamily, "burger", name="B" * 101), [("text-too-long", "burger")]),
    (lambda m: edit(ItemFamily, "burger", description="B" * 1001), [("text-too-long", "burger")]),
    (lambda m: picture("https://img.example.com/b.GIF"), [("image-address", "burger")]),
    (lambda m: picture("ftp://img.example.com/b.png"), [("image-address", "burger")]),
    (lambda m: picture("/b.png"), [("image-address", "burger")]),
    (lambda m: picture("https://[b.png"), [("image-address", "burger")]),
    (lambda m: picture("http://img.example.com/b.png"), [("image-out-of-reach", "burger")]),
    (lambda m: picture("http://127.0.0.1:8000/b.png"), [("image-gone", "burger")]),
    (lambda m: picture_twice(), [("image-twice", "burger")]),
    (lambda m: models.FamilyDspPrice.objects.update(dsp="Uber"), [("channel-name", "burger")]),
    (lambda m: edit(models.Menu, "lunch", schedule={"monday": []}), [("never-sold", "lunch")]),
    (
        lambda m: models.Location.objects.update(hours={"monday": ["09:00-08:00"]}),
        [("opening-hours", "loc_downtown")],
    ),
    (
        lambda m: models.Location.objects.update(special_days={"2026-02-30": []}),
        [("opening-hours", "loc_downtown")],
    ),
    (
        lambda m: edit(ModifierGroup, "halves", maximum_unique_modifiers=0),
        [("none-may-be-taken", "halves")],
    ),
    (
        lambda m: edit(models.Tax, "tax", is_active=False),
        [("default-tax-off", "tax"), ("tax-gone", "burger")],
    ),
    (add_twin, [("id-of-a-twin", "burger_item")]),
    (
        lambda m: models.MenuCategory.objects.all().delete(),
        [("unreachable", "dishes"), ("nothing-in-it", "lunch")],
    ),
    (
        lambda m: models.CategoryFamily.objects.filter(family__provider_id="burger").delete(),
        [("unreachable", "burger")],
    ),
    (
        lambda m: models.ModifierNestedGroup.objects.all().delete(),
        [("unreachable", "halves"), ("size-price-unused", "small")],
    ),
    (
        lambda m: models.GroupModifier.objects.filter(modifier__provider_id="right").delete(),
        [("unreachable", "right")],
    ),
    (lambda m: factories.menu(m, provider_id="tea"), [("nothing-in-it", "tea")]),
    (
        lambda m: edit(Modifier, "right", archived_at=ARCHIVED_AT),
        [("archived-in-it", "halves")],
    ),
    (
        lambda m: edit(models.Tax, "tax", archived_at=ARCHIVED_AT),
        [("tax-gone", "burger")],
    ),
    (
        lambda m: off(models.ModifierAtLocation, Modifier, "ham", "cheese"),
        [("requires-too-many-on", "extras")],
    ),
    (
        lambda m: Modifier.objects.filter(provider_id__in=["ham", "cheese"]).update(
            is_active=False
        ),
        [("requires-too-many-on", "extras")],
    ),
    (
        lambda m: off(models.ItemAtLocation, Item, "small", "large"),
        [("no-size-on", "pizza")],
    ),
    (lambda m: Item.objects.update(is_active=False), [("no-size-on", "pizza")]),
    (
        lambda m: break_group(),
        [("required-group-out", "burger"), ("required-group-out", "pizza")],
    ),
    (
        lambda m: edit(ItemFamily, "burger", default_item=get(Item, "large")),
        [("default-size", "burger")],
    ),
    (
        lambda m: models.GroupModifier.objects.filter(modifier__provider_id="ham").update(
            default_quantity=2
        ),
        [("default-quantities", "extras")],
    ),
    (
        lambda m: [
            models.GroupModifier.objects.update(default_quantity=1),
            edit(ModifierGroup, "extras", maximum_unique_modifiers=1),
        ],
        [("default-quantities", "extras")],
    ),
    (
        lambda m: models.FamilyModifierGroup.objects.filter(family__provider_id="pizza").delete(),
        [("size-price-unused", "small")],
    ),
    (lambda m: edit(Item, "large", name="small "), [("same-name", "large")]),
    (lambda m: edit(Modifier, "ham", name="CHEESE"), [("same-name", "ham")]),
    (lambda m: edit(ItemFamily, "pizza", name="Burger"), [("same-name", "pizza")]),
    (lambda m: edit(ItemFamily, "pizza", name=" #NAME? "), [("error-word", "pizza")]),
    (lambda m: edit(ItemFamily, "pizza", name="Pi\x1bzza"), [("odd-characters", "pizza")]),
    (lambda m: edit(ItemFamily, "pizza", allergens=["nuts", ""]), [("blank-allergen", "pizza")]),
    (lambda m: edit(models.Tax, "tax", rate="0.0825"), [("tax-unusual", "tax")]),
]


def warnings(merchant, **where):
    return sorted(
        (finding.rule, finding.provider_id)
        for finding in check(merchant, **where)
        if finding.severity == "warning"
    )


@pytest.mark.parametrize(("do_it", "expected"), DOUBTFUL)
def test_a_probable_mistake_gets_a_warning(merchant, do_it, expected):
    do_it(merchant)

    assert warnings(merchant) == sorted(expected)


def test_every_warning_rule_is_covered():
    named = {rule for _, expected in DOUBTFUL for rule, _ in expected}
    assert named == {rule.id for rule in WARNINGS}


@pytest.mark.parametrize(
    ("do_it", "expected"), [case for case in DOUBTFUL if case[1][0][0] != "required-group-out"]
)
def test_a_warning_keeps_nothing_out(stream, merchant, do_it, expected):
    do_it(merchant)
    archived = {
        provider_id
        for model in (Modifier, models.Tax)
        for provider_id in model.objects.exclude(archived_at=None).values_list(
            "provider_id", flat=True
        )
    }

    read = ids(stream.catalog("loc_downtown").json())

    assert not [finding for finding in check(merchant) if finding.severity == "error"]
    assert {identity for _, identity in expected} - {"loc_downtown"} <= read
    assert len(read) >= 13 - len(archived)


def test_a_finding_at_one_location_names_it(merchant, location):
    factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    models.ModifierAtLocation.objects.create(
        object=get(Modifier, "ham"), location=location, is_active=False
    )
    models.ModifierAtLocation.objects.create(
        object=get(Modifier, "cheese"), location=location, stock_count=0
    )

    assert [finding.sentence for finding in check(merchant)] == [
        "At Downtown: It requires at least 1, but only 0 of its options are on, so nothing with"
        " it can be ordered. Switch options on, or require fewer."
    ]


def test_another_familys_size_is_never_sent_as_the_default(stream, merchant):
    edit(ItemFamily, "burger", default_item=get(Item, "large"))

    families = stream.catalog("loc_downtown").json()["item_family"]

    assert {family["provider_id"]: family.get("default_item_id") for family in families} == {
        "burger": None, "pizza": "large",
    }  # fmt: skip


def test_archived_objects_are_not_checked(merchant):
    edit(ItemFamily, "burger", price_amount=0, name="B" * 101, archived_at=ARCHIVED_AT)
    models.CategoryFamily.objects.filter(family__provider_id="burger").delete()

    assert check(merchant) == []


def test_archived_locations_are_not_checked(merchant):
    factories.location(merchant, hours=["broken"], archived_at=ARCHIVED_AT)

    assert check(merchant) == []


def test_the_number_of_queries_does_not_depend_on_the_menus_size(merchant):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            check(merchant)
        return len(caught)

    few = queries()
    add_many(merchant, 300)
    factories.location(merchant)

    assert queries() == few
    assert few <= 25


def test_five_thousand_families_are_checked_within_seconds(merchant):
    add_many(merchant, 5000)

    started = time.process_time()  # CPU time of this process alone: others may be busy.
    findings = check(merchant)
    taken_seconds = time.process_time() - started

    assert len(findings) == 5000
    assert taken_seconds < 3
