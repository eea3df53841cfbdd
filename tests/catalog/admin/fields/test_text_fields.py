"""Text input for prices, weeks and words, and its error messages."""

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from catalog import models
from catalog.admin.fields.week_text import parse_windows
from integration.admin.shared.money import MoneyField
from tests.support import factories
from tests.support.admin_forms import errors, filled, row


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.mark.parametrize(
    ("currency", "text", "amount"),
    [
        ("usd", "12.50", 1250), ("usd", "12", 1200), ("usd", " 0.05 ", 5), ("usd", ".5", 50),
        ("usd", "0", 0), ("usd", "1234.500", 123450), ("usd", "0.500", 50), ("usd", "12,50", 1250),
        ("usd", "12,5", 1250), ("usd", "12.", 1200), ("kwd", "1.250", 1250),
        ("jpy", "1250", 1250), ("jpy", "1250.0", 1250),
        ("kwd", "12.505", 12505), ("kwd", "12", 12000), ("usd", "", None),
    ],
)  # fmt: skip
def test_a_price_is_parsed(currency, text, amount):
    assert MoneyField(currency=currency, required=False).clean(text) == amount


@pytest.mark.parametrize(
    ("currency", "text", "message"),
    [
        ("usd", "1,250", "That may mean 1250.00 or 1.25: enter 1250.00 or 1.25."),
        ("eur", "1.250", "That may mean 1250.00 or 1.25: enter 1250.00 or 1.25."),
        ("clp", "12.000", "That may mean 12000 or 12: enter 12000 or 12."),
        ("kwd", "1,250", "That may mean 1250.000 or 1.25: enter 1250.000 or 1.250."),
        ("usd", "1,2500", "Enter a price like 12.50."),
        ("usd", "1.250,00", "Enter a price like 12.50."),
        ("usd", "$12", "Enter a price like 12.50."),
        ("usd", "-1", "Enter a price of 0 or more."),
        ("usd", "1e3", "Enter a price like 12.50."),
        ("usd", "NaN", "Enter a price like 12.50."),
        ("usd", "١٢", "Enter a price like 12.50."),
        ("usd", ".", "Enter a price like 12.50."),
        ("usd", "12.5055", "USD has 2 decimals: enter a price like 12.50."),
        ("usd", "12.505", "That may mean 12505.00 or 12.505: enter 12505.00, if that is meant."),
        ("jpy", "12.5", "JPY has no decimals: enter a price like 1250."),
        ("kwd", "12.5055", "KWD has 3 decimals: enter a price like 12.500."),
        ("usd", "9" * 15, "This price is too high."),
        ("usd", "9" * 400, "Enter a price like 12.50."),
        ("usd", "", "This field is required."),
    ],
)
def test_an_invalid_price_is_refused(currency, text, message):
    with pytest.raises(ValidationError) as refused:
        MoneyField(currency=currency).clean(text)
    assert refused.value.messages == [message]


@pytest.mark.parametrize(
    ("currency", "shown"), [("usd", "12.50"), ("jpy", "1250"), ("kwd", "1.250")]
)
def test_a_price_is_shown_in_the_merchants_currency(browser_client, db, currency, shown):
    merchant = factories.merchant(currency=currency)
    family = factories.family(merchant, price_amount=1250)
    client = browser_client(factories.user(merchant))
    page = client.get(reverse("admin:catalog_itemfamily_change", args=[family.pk]))
    assert filled(page)["price_amount"] == shown
    listed = client.get(reverse("admin:catalog_itemfamily_changelist")).content.decode()
    assert f"{shown if currency != 'jpy' else '1,250'} {currency.upper()}" in listed


def test_an_unchanged_form_changes_nothing(client, merchant, location):
    family = factories.family(merchant, price_amount=1250, allergens=["milk"])
    models.FamilyAtLocation.objects.create(object=family, location=location, price_amount=99)
    address = reverse("admin:catalog_itemfamily_change", args=[family.pk])
    client.post(address, filled(client.get(address)))
    assert set(models.ObjectChange.objects.values_list("action", flat=True)) == {"added"}
    family.refresh_from_db()
    assert (family.price_amount, family.allergens) == (1250, ["milk"])
    assert family.at_locations.get().price_amount == 99


def test_the_kitchen_reads_prices_as_money(browser_client, merchant):
    family = factories.family(merchant, price_amount=1250, allergens=["milk", "nuts"])
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    page = kitchen.get(reverse("admin:catalog_itemfamily_change", args=[family.pk]))
    assert "12.50 USD" in page.content.decode()
    assert "milk, nuts" in page.content.decode()


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("", []),
        ("09:00-14:00, 17:00-22:30", ["09:00-14:00", "17:00-22:30"]),
        ("17:00 – 22:30; 9:00-14:00", ["09:00-14:00", "17:00-22:30"]),
        ("18:00-24:00", ["18:00-23:59"]),
    ],
)
def test_common_notations_of_windows_are_accepted(text, windows):
    assert parse_windows(text) == windows


@pytest.mark.parametrize("blanks", [499, 32_000, 1_000_000])
@pytest.mark.parametrize("field", ["week_monday", "special_days_hours"])
def test_hours_with_many_blanks_are_refused_at_once(client, location, field, blanks):
    address = reverse("admin:catalog_location_change", args=[location.pk])
    data = filled(client.get(address)) | {"special_days_date": "2030-01-01"}
    data[field] = f"a{' ' * blanks}b"
    started = time.process_time()
    answer = client.post(address, data)
    assert time.process_time() - started < 2
    assert answer.status_code == 200
    assert answer.context["errors"]
    location.refresh_from_db()
    assert location.hours == {}


def test_windows_in_a_long_text_are_not_parsed():
    assert parse_windows("09:00-10:00," + " " * 488) == ["09:00-10:00"]
    with pytest.raises(ValidationError, match=r"Enter at most 500 characters\."):
        parse_windows("09:00-10:00," + " " * 489)


def test_hours_are_stored_by_day(client, location):
    address = reverse("admin:catalog_location_change", args=[location.pk])
    data = filled(client.get(address)) | {"week_monday": "9:00-14:00, 17:00-22:30"}
    assert client.post(address, data).status_code == 302
    location.refresh_from_db()
    assert location.hours["monday"] == ["09:00-14:00", "17:00-22:30"]
    assert location.hours["sunday"] == []
    data = filled(client.get(address)) | {"week_monday": ""}
    client.post(address, data)
    location.refresh_from_db()
    assert location.hours == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nine to five", "is not a window like"),
        ("22:00-02:00", "ends before it begins"),
        ("09:00-12:00, 11:00-13:00", "overlaps"),
        ("25:00-26:00", "is not a window like"),
        ("x" * 600, "at most 500 characters"),
    ],
)
def test_an_invalid_window_is_reported_on_its_day(client, location, text, message):
    address = reverse("admin:catalog_location_change", args=[location.pk])
    data = filled(client.get(address)) | {"week_tuesday": text}
    answer = client.post(address, data)
    assert message in str(answer.context_data["adminform"].form.errors["week_tuesday"])
    assert text in answer.content.decode()


def test_a_menu_without_hours_is_refused(client, merchant):
    menu = factories.menu(merchant)
    address = reverse("admin:catalog_menu_change", args=[menu.pk])
    empty = {name: "" for name in filled(client.get(address)) if name.startswith("week_")}
    answer = client.post(address, filled(client.get(address)) | empty)
    assert "never sold" in errors(answer)


def test_a_channel_price_is_validated_like_any_price(client, merchant):
    family = factories.family(merchant)
    address = reverse("admin:catalog_itemfamily_change", args=[family.pk])
    data = filled(client.get(address)) | row("dsp_prices", 0, dsp="uber", price_amount="1.234")
    assert "That may mean 1234.00 or 1.234" in errors(client.post(address, data))
