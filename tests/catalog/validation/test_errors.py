"""The menu check: an error keeps its object out of what Stream pulls, and nothing else."""

from datetime import UTC, datetime

import pytest

from catalog import models
from catalog.models import Item, ItemFamily, Modifier, ModifierGroup
from catalog.validation import check
from catalog.validation.errors import RULES
from tests.catalog.support import valid_menu
from tests.catalog.support.valid_menu import dangling, ids
from tests.support import factories

ARCHIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def good(merchant, location):
    valid_menu.make(merchant)


def edit(model, provider_id, **fields):
    assert model.objects.filter(provider_id=provider_id).update(**fields) == 1


def get(model, provider_id):
    return model.objects.get(provider_id=provider_id)


def here(model, provider_id, kind, **fields):
    model.objects.create(
        object=get(kind, provider_id), location=models.Location.objects.get(), **fields
    )


def nest(modifier, group):
    models.ModifierNestedGroup.objects.create(
        modifier=get(models.Modifier, modifier), group=get(models.ModifierGroup, group)
    )


def name(model, provider_id):
    return lambda: edit(model, provider_id, name=" ")


# The change; the rule for each broken object; other objects that Stream no longer gets.
BROKEN = [
    (name(models.Menu, "lunch"), {"lunch": "no-name"}, set()),
    (name(models.Category, "dishes"), {"dishes": "no-name"}, set()),
    (name(models.Tax, "tax"), {"tax": "no-name"}, set()),
    (name(ItemFamily, "pizza"), {"pizza": "no-name"}, {"small", "large"}),
    (name(ModifierGroup, "extras"), {"extras": "no-name"}, set()),
    (name(Modifier, "left"), {"left": "no-name"}, set()),
    (name(Item, "large"), {"large": "no-name"}, set()),
    (lambda: edit(ItemFamily, "burger", price_amount=-1), {"burger": "price-range"}, set()),
    (lambda: edit(ItemFamily, "burger", price_amount=2**53 + 1), {"burger": "price-range"}, set()),
    (lambda: edit(Item, "small", price_amount=-1), {"small": "price-range"}, set()),
    (lambda: edit(Modifier, "cheese", price_amount=-1), {"cheese": "price-range"}, set()),
    (
        lambda: models.FamilyDspPrice.objects.update(price_amount=-1),
        {"burger": "special-price-range"},
        set(),
    ),
    (
        lambda: models.ItemModifierPrice.objects.update(price_amount=-1),
        {"small": "special-price-range"},
        set(),
    ),
    (
        lambda: here(models.FamilyAtLocation, "burger", ItemFamily, price_amount=-1),
        {"burger": "location-price-range"},
        set(),
    ),
    (
        lambda: here(models.ModifierAtLocation, "ham", Modifier, price_amount=-1),
        {"ham": "location-price-range"},
        set(),
    ),
    (lambda: nest("left", "extras"), dict.fromkeys(["left", "cheese"], "nested-in-itself"), set()),
    (lambda: nest("ham", "extras"), {"ham": "nested-in-itself"}, set()),
    (
        lambda: edit(ModifierGroup, "extras", maximum_unique_modifiers=0),
        {"extras": "least-over-most"},
        set(),
    ),
    (
        lambda: edit(
            ModifierGroup, "extras", minimum_unique_modifiers=3, maximum_unique_modifiers=None
        ),
        {"extras": "requires-too-many"},
        set(),
    ),
    (
        lambda: [edit(Modifier, key, price_amount=-1) for key in ("ham", "cheese")],
        {"ham": "price-range", "cheese": "price-range", "extras": "requires-too-many"},
        set(),
    ),
    (
        lambda: [
            here(models.ModifierAtLocation, key, Modifier, price_amount=-1)
            for key in ("ham", "cheese")
        ],
        {
            "ham": "location-price-range",
            "cheese": "location-price-range",
            "extras": "requires-too-many",
        },
        set(),
    ),
    (
        lambda: edit(ItemFamily, "pizza", archived_at=ARCHIVED_AT),
        dict.fromkeys(["small", "large"], "size-without-family"),
        {"pizza"},
    ),
    (lambda: edit(ItemFamily, "burger", allergens="milk"), {"burger": "allergens"}, set()),
    (lambda: edit(ItemFamily, "burger", allergens=["milk", 3]), {"burger": "allergens"}, set()),
    (lambda: edit(ItemFamily, "burger", price_amount=None), {"burger": "no-price-no-size"}, set()),
    (
        lambda: Item.objects.update(price_amount=-1),
        {"small": "price-range", "large": "price-range", "pizza": "all-sizes-out"},
        set(),
    ),
    (
        lambda: edit(models.Menu, "lunch", schedule={"monday": ["09:00-14:00", "13:00-15:00"]}),
        {"lunch": "menu-times"},
        set(),
    ),
    (lambda: edit(models.Menu, "lunch", schedule=["monday"]), {"lunch": "menu-times"}, set()),
    (lambda: edit(models.Tax, "tax", rate="-0.5"), {"tax": "tax-below-zero"}, set()),
]


def errors(merchant, **where):
    return {
        finding.provider_id: finding.rule
        for finding in check(merchant, **where)
        if finding.severity == "error"
    }


def test_a_valid_menu_has_no_findings_and_is_complete(stream, merchant):
    assert check(merchant) == []
    assert ids(stream.catalog("loc_downtown").json()) == {
        "lunch", "dishes", "burger", "pizza", "small", "large", "extras", "halves", "cheese",
        "ham", "left", "right", "tax",
    }  # fmt: skip


@pytest.mark.parametrize(("break_it", "rules", "also_gone"), BROKEN)
def test_a_broken_object_is_kept_out_and_nothing_refers_to_it(
    stream, merchant, break_it, rules, also_gone
):
    before = ids(stream.catalog("loc_downtown").json())

    break_it()

    assert errors(merchant) == rules
    after = stream.catalog("loc_downtown").json()
    assert before - ids(after) == rules.keys() | also_gone
    assert dangling(after) == set()


def test_every_error_rule_is_covered():
    assert {rule for _, rules, _ in BROKEN for rule in rules.values()} == {
        rule.id for rule in RULES
    }


def test_an_invalid_price_at_one_location_keeps_the_dish_out_there_only(stream, merchant, location):
    elsewhere = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    here = {"object": get(ItemFamily, "burger"), "location": elsewhere}
    models.FamilyAtLocation.objects.create(**here, price_amount=-100)

    assert "burger" in ids(stream.catalog("loc_downtown").json())
    assert "burger" not in ids(stream.catalog("loc_uptown").json())
    everywhere = stream.catalog(HTTP_X_PROVIDER_MERCHANT_ID=merchant.provider_id)
    assert "burger" in ids(everywhere.json())

    [finding] = check(merchant)
    assert finding.sentence == (
        "At Uptown: Its price at this location is -1.00 USD, which is below 0. Enter another"
        " price, or remove it."
    )
    assert check(merchant, location=elsewhere) == [finding]
    assert check(merchant, location=location) == []
    assert check(merchant, among=[location.pk]) == []


def test_a_family_with_only_broken_sizes_does_not_fall_back_to_its_own_price(stream, merchant):
    edit(ItemFamily, "pizza", price_amount=700)
    Item.objects.update(price_amount=-1)

    assert "pizza" not in ids(stream.catalog("loc_downtown").json())


def test_an_unused_invalid_price_is_no_error(stream, merchant, location):
    edit(ItemFamily, "pizza", price_amount=-1)
    here(models.FamilyAtLocation, "pizza", ItemFamily, price_amount=-1)

    assert errors(merchant) == {}
    assert "pizza" in ids(stream.catalog("loc_downtown").json())


def test_the_default_tax_rate_is_not_that_of_a_broken_tax(stream):
    edit(models.Tax, "tax", rate="-0.5")

    assert stream.catalog("loc_downtown").json()["tax_rate"] == 0


def test_a_cycle_names_only_the_options_in_it(merchant):
    """In a → b → c → b → d, only b and c lead back to themselves."""
    options = {key: factories.modifier(merchant, provider_id=key, name=key) for key in "abcd"}
    for upper, lower in ("ab", "bc", "cb", "bd"):
        group = factories.group(merchant, options[lower], name=f"{upper} to {lower}")
        models.ModifierNestedGroup.objects.create(modifier=options[upper], group=group)

    findings = [finding for finding in check(merchant) if finding.severity == "error"]

    assert {(finding.provider_id, finding.rule) for finding in findings} == {
        ("b", "nested-in-itself"), ("c", "nested-in-itself"),
    }  # fmt: skip
    [sentence] = [finding.sentence for finding in findings if finding.provider_id == "b"]
    assert sentence == (
        "Its nested group “b to c” leads back to it in an endless loop. Remove that group from this"
        " option, or an option on the way back."
    )


def test_an_option_between_two_cycles_is_in_neither(merchant):
    options = {key: factories.modifier(merchant, provider_id=key, name=key) for key in "abxcd"}
    for upper, lower in ("ab", "ba", "bx", "xc", "cd", "dc"):
        group = factories.group(merchant, options[lower], name=f"{upper} to {lower}")
        models.ModifierNestedGroup.objects.create(modifier=options[upper], group=group)

    assert errors(merchant) == dict.fromkeys("abcd", "nested-in-itself")


def test_archived_groups_close_no_cycle(merchant):
    nest("left", "extras")
    edit(ModifierGroup, "halves", archived_at=ARCHIVED_AT)

    assert errors(merchant) == {}


def test_a_finding_links_to_the_page_where_it_is_repaired(merchant):
    edit(ItemFamily, "burger", price_amount=None)

    [finding] = check(merchant)

    assert finding.as_dict() == {
        "severity": "error",
        "rule": "no-price-no-size",
        "kind": "item_family",
        "provider_id": "burger",
        "name": "Burger",
        "sentence": "It has neither a price nor a size, so nobody can order it. Enter a price, or"
        " add a size.",
        "admin_path": f"/admin/catalog/itemfamily/{get(ItemFamily, 'burger').pk}/change/",
    }


def test_another_merchants_menu_is_not_checked(merchant):
    other = factories.merchant(name="Foreign")
    factories.family(other, price_amount=None)

    assert check(merchant) == []
