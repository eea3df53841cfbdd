"""Price changes by a percentage: arithmetic, preview and result."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import models
from catalog.menu.price_changes import new_price
from tests.catalog.support.bulk_action_pages import applied, messages_of, page_of, previewed
from tests.support import factories


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.mark.parametrize(
    ("old", "percent", "rounding", "currency", "new"),
    [
        (1000, "5", "unit", "usd", 1050),
        (1050, "-5", "unit", "usd", 998),  # 997.5 goes up.
        (999, "3.3", "unit", "usd", 1032),
        (1000, "5.2", "five", "usd", 1050),
        (1000, "5.3", "five", "usd", 1055),
        (1000, "5", "99", "usd", 1099),
        (1000, "-5", "99", "usd", 999),
        (30, "10", "99", "usd", 99),  # Never 0, which would make it free.
        (0, "10", "99", "usd", 0),
        (1000, "-100", "99", "usd", 0),
        (1000, "-100", "unit", "usd", 0),
        (1000, "5", "unit", "jpy", 1050),
        (12500, "5", "five", "kwd", 13150),
        (12500, "5", "99", "kwd", 12990),
        (2**53, "1000", "unit", "usd", 2**53),
    ],
)
def test_a_price_is_rounded_as_selected(old, percent, rounding, currency, new):
    assert new_price(old, Decimal(percent), rounding, currency) == new


def test_a_currency_without_decimals_offers_no_price_endings(browser_client, db):
    family = factories.family(factories.merchant(currency="jpy"))
    client = browser_client(factories.user(family.merchant))
    form = client.get(page_of(client, "change_prices", family)).context_data["form"]
    assert [value for value, _ in form.fields["rounding"].choices] == ["unit"]


@pytest.fixture
def burger(merchant: Any, location: Any) -> models.ItemFamily:
    """A family with sizes, a price at a location, and channel prices."""
    family = factories.family(merchant, name="Burger")
    large = factories.item(family, name="Large", price_amount=1500)
    models.FamilyDspPrice.objects.create(object=family, dsp="uber", price_amount=1200)
    models.ItemDspPrice.objects.create(object=large, dsp="uber", price_amount=1700)
    models.ItemAtLocation.objects.create(object=large, location=location, price_amount=1400)
    return family


def test_the_preview_lists_every_change_and_applies_none(client, merchant, burger):
    soda = factories.family(merchant, name="Soda", price_amount=300)
    page = page_of(client, "change_prices", burger, soda)
    parts = ["own", "sizes", "locations", "channels"]
    assert previewed(client, page, parts=parts) == [
        ("Burger", "Large", "15.00 USD", "16.50 USD"),
        ("Burger", "Large, Downtown", "14.00 USD", "15.40 USD"),
        ("Burger", "uber", "12.00 USD", "13.20 USD"),
        ("Burger", "Large, uber", "17.00 USD", "18.70 USD"),
        ("Soda", "", "3.00 USD", "3.30 USD"),
    ]
    soda.refresh_from_db()
    assert soda.price_amount == 300
    assert burger.items.get().price_amount == 1500


def test_only_the_selected_prices_change(client, burger):
    page = page_of(client, "change_prices", burger)
    previewed(client, page, parts=["sizes"])
    assert messages_of(applied(client, page)) == ["1 price changed."]
    large = burger.items.get()
    assert large.price_amount == 1650
    assert large.dsp_prices.get().price_amount == 1700
    assert large.at_locations.get().price_amount == 1400
    assert burger.dsp_prices.get().price_amount == 1200


def test_prices_at_locations_and_in_channels_change(client, burger, woken):
    page = page_of(client, "change_prices", burger)
    previewed(client, page, parts=["locations", "channels"])
    applied(client, page)
    large = burger.items.get()
    assert large.price_amount == 1500
    assert large.dsp_prices.get().price_amount == 1870
    assert large.at_locations.get().price_amount == 1540
    assert burger.dsp_prices.get().price_amount == 1320


def test_modifier_prices_per_size_change_too(client, merchant, burger):
    bacon = factories.modifier(merchant, name="Bacon", price_amount=200)
    models.ItemModifierPrice.objects.create(
        item=burger.items.get(), modifier=bacon, price_amount=300
    )
    page = page_of(client, "change_prices", bacon)
    assert previewed(client, page, parts=["own", "sizes"]) == [
        ("Bacon", "", "2.00 USD", "2.20 USD"),
        ("Bacon", "Large", "3.00 USD", "3.30 USD"),
    ]
    applied(client, page)
    bacon.refresh_from_db()
    assert bacon.price_amount == 220
    assert bacon.size_prices.get().price_amount == 330


def test_prices_changed_by_others_meanwhile_are_skipped_and_reported(client, merchant):
    soda = factories.family(merchant, name="Soda", price_amount=300)
    tea = factories.family(merchant, name="Tea", price_amount=400)
    page = page_of(client, "change_prices", soda, tea)
    previewed(client, page)
    models.ItemFamily.objects.filter(pk=soda.pk).update(price_amount=999)
    answer = applied(client, page)
    assert messages_of(answer) == [
        "1 price changed. Somebody else has changed 1 since the preview; these were skipped: Soda."
    ]
    soda.refresh_from_db()
    tea.refresh_from_db()
    assert (soda.price_amount, tea.price_amount) == (999, 440)


def test_a_preview_is_applied_once(client, merchant):
    soda = factories.family(merchant, price_amount=300)
    page = page_of(client, "change_prices", soda)
    previewed(client, page)
    applied(client, page)
    again = applied(client, page)
    assert messages_of(again) == [
        "1 price changed.",
        "This action was already done or has expired. Select the objects again.",
    ]
    soda.refresh_from_db()
    assert soda.price_amount == 330


def test_a_preview_replaced_in_another_window_must_be_reviewed_first(client, merchant):
    soda = factories.family(merchant, price_amount=300)
    page = page_of(client, "change_prices", soda)
    previewed(client, page)
    previewed(client, page, percent="50")
    assert (
        "the preview changed in another window" in messages_of(applied(client, page, version=1))[0]
    )
    soda.refresh_from_db()
    assert soda.price_amount == 300
    applied(client, page, version=2)
    soda.refresh_from_db()
    assert soda.price_amount == 450


def test_the_changes_are_recorded_and_wake_the_worker_once(
    client, merchant, owner, woken, django_capture_on_commit_callbacks
):
    families = [factories.family(merchant, name=f"Dish {n}", price_amount=100) for n in range(3)]
    page = page_of(client, "change_prices", *families)
    previewed(client, page)
    models.ObjectChange.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        applied(client, page)
    assert woken == [("catalog.tasks.refresh", merchant.pk)]
    noted = models.ObjectChange.objects.order_by("name")
    assert [(change.name, change.action, change.changes) for change in noted] == [
        (f"Dish {n}", "changed", [["price", "money", 100, 110]]) for n in range(3)
    ]
    assert {change.person for change in noted} == {owner}


def test_the_number_of_queries_does_not_depend_on_the_changes(client, merchant):
    assert _queries(client, merchant, 2) == _queries(client, merchant, 250)


def _queries(client: Any, merchant: Any, count: int) -> list[int]:
    families = [
        models.ItemFamily(
            merchant=merchant, provider_id=f"f{count}_{n}", name=f"F {n}", price_amount=100
        )
        for n in range(count)
    ]
    models.ItemFamily.objects.bulk_create(families)
    page = page_of(client, "change_prices", *models.ItemFamily.objects.filter(price_amount=100))
    counts = []
    for step in (lambda: previewed(client, page), lambda: applied(client, page)):
        with CaptureQueriesContext(connection) as queries:
            step()
        counts.append(len(queries))
    changed = models.ItemFamily.objects.filter(price_amount=110)
    assert changed.count() == count
    changed.update(price_amount=1)
    return counts


def test_all_search_results_can_be_selected(client, merchant):
    for n in range(60):
        factories.family(merchant, name=f"Dish {n}", price_amount=100)
    some = models.ItemFamily.objects.first()
    page = page_of(client, "change_prices", some, select_across="1")
    previewed(client, page)
    second = client.get(page, {"p": "1"})
    assert second.context_data["page"].paginator.count == 60
    applied(client, page)
    assert models.ItemFamily.objects.filter(price_amount=110).count() == 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": ""},
        {"percent": "0"},
        {"percent": "-101"},
        {"percent": "1e9"},
        {"percent": "NaN"},
        {"percent": "<b>"},
        {"rounding": "up"},
        {"parts": ["everything"]},
        {"parts": []},
    ],
)
def test_an_invalid_form_is_reported_and_plans_nothing(client, merchant, wrong):
    page = page_of(client, "change_prices", factories.family(merchant))
    sent = {"percent": "10", "rounding": "unit", "parts": ["own"]} | wrong
    answer = client.post(page, sent)
    assert answer.status_code == 200
    assert answer.context_data["form"].errors
    assert models.StagedEdit.objects.get().plan is None


@pytest.mark.parametrize("apply", ["", "0", "7", "x", "1"])
def test_without_a_preview_nothing_is_applied(client, merchant, apply):
    soda = factories.family(merchant, price_amount=300)
    page = page_of(client, "change_prices", soda)
    assert client.post(page, {"apply": apply}).status_code == 302
    soda.refresh_from_db()
    assert soda.price_amount == 300


def test_archived_objects_and_rows_are_unchanged(client, merchant, burger):
    small = factories.item(burger, name="Small", price_amount=900)
    models.Item.objects.filter(pk=small.pk).update(archived_at=burger.created_at)
    page = page_of(client, "change_prices", burger)
    assert [row for _, row, *_ in previewed(client, page, parts=["sizes"])] == ["Large"]
