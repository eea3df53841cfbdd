"""Menu files from the field: imported, or refused with the place and what to write."""

from decimal import Decimal

import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.import_export import importer
from catalog.models import ItemFamily, Tax
from catalog.spreadsheets import formats

from . import files


def _import(merchant, content, name, *, merge):
    file_format = formats.format_of(name)
    with formats.as_json(content, file_format, merchant.currency, merge=merge) as file:
        importer.import_catalog(merchant, file.content, merge=merge, problems=file.problems)


def _errors(merchant, content, name, *, merge=False):
    with pytest.raises(BadCatalog) as refused:
        _import(merchant, content, name, merge=merge)
    assert not ItemFamily.objects.filter(merchant=merchant).exists()
    return [(one.row, one.column, one.value, one.advice) for one in refused.value.problems]


def _file(price="9.50", name="Dish", currency="USD"):
    text = files.content("price-with-two-readings.csv").decode()
    text = text.replace("(CLP)", f"({currency})").replace("12.000", f'"{price}"')
    return text.replace("Dish", f'"{name}"').encode()


def test_a_price_with_two_readings_is_refused_with_both(merchant):
    merchant.currency = "clp"
    merchant.save()
    assert _errors(merchant, files.content("price-with-two-readings.csv"), "menu.csv") == [
        (
            "4",
            "O “price (CLP)”",
            "12.000",
            "Contains “12.000”, but that may mean 12000 or 12: enter 12000 or 12.",
        )
    ]


@pytest.mark.parametrize(
    ("currency", "price", "readings"),
    [
        ("clp", "12,000", "that may mean 12000 or 12"),
        ("usd", "1.250", "that may mean 1250.00 or 1.25"),
        ("eur", "1,250", "that may mean 1250.00 or 1.25"),
        ("kwd", "1,250", "that may mean 1250.000 or 1.25"),
        ("usd", "-1.250", "that may mean -1250.00 or -1.25"),
    ],
)
def test_a_price_of_another_currency_with_two_readings_is_refused(
    merchant, currency, price, readings
):
    merchant.currency = currency
    merchant.save()
    [(row, _, value, advice)] = _errors(merchant, _file(price, currency=currency.upper()), "m.csv")
    assert (row, value, readings in advice) == ("4", price, True)


@pytest.mark.parametrize(
    ("currency", "price", "amount"),
    [
        ("kwd", "1.250", 1250),
        ("clp", "12000", 12000),
        ("usd", "12,5", 1250),
        ("eur", "1250", 125000),
    ],
)
def test_a_price_with_one_reading_is_read(merchant, currency, price, amount):
    merchant.currency = currency
    merchant.save()
    _import(merchant, _file(price, currency=currency.upper()), "menu.csv", merge=False)
    assert ItemFamily.objects.get().price_amount == amount


def test_a_rate_in_a_percent_cell_is_the_rate_that_it_shows(merchant):
    _import(merchant, files.content("tax-in-a-percent-cell.xlsx"), "menu.xlsx", merge=False)
    assert Tax.objects.get().rate == Decimal("8.25")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("name-is-an-error.csv", "Contains the error #NAME?: enter a value."),
        ("name-is-invisible.csv", "Is missing."),
    ],
)
def test_a_name_that_nobody_wrote_is_refused(merchant, name, advice):
    [(row, column, _, said)] = _errors(merchant, files.content(name), name)
    assert (row, column, said) == ("4", "C “name”", advice)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("#REF", "Contains the error #REF: enter a value."),
        ("undefined", "Is undefined, which a program wrote for a missing one: enter it."),
        ("[object Object]", "Is [object Object], which a program wrote for a missing one:"
         " enter it."),
        ("NaN", "Is NaN, which a program wrote for a missing one: enter it."),
        ("Cr\ufffdme", "Contains “\ufffd” for a letter that was lost: enter the text again."),
        ("\u3164\u200d", "Is missing."),
        ("Al\x07 Pastor", "Contains an invisible control character (U+0007): enter the text"
         " again."),
    ],
)  # fmt: skip
def test_other_names_that_nobody_wrote_are_refused(merchant, name, advice):
    [(row, column, _, said)] = _errors(merchant, _file(name=name), "menu.csv")
    assert (row, column, said.lower()) == ("4", "C “name”", advice.lower())


@pytest.mark.parametrize("name", ["None", "Nan", "Pizza #1", "Null Bock", "Crème 😀"])
def test_names_that_only_look_like_it_are_kept(merchant, name):
    _import(merchant, _file(name=name), "menu.csv", merge=False)
    assert ItemFamily.objects.get().name == name


def test_control_characters_are_refused(merchant):
    [(row, column, value, advice)] = _errors(
        merchant, files.content("control-characters.json"), "menu.json", merge=True
    )
    assert (row, column, value) == ("1 (fam_a)", "name", "Al Pastor")
    assert advice == "Contains an invisible control character (U+0007): enter the text again."


def test_a_whole_price_with_a_point_and_null_are_read(merchant):
    _import(merchant, files.content("float-price-null-flag.json"), "menu.json", merge=True)
    family = ItemFamily.objects.get()
    assert (family.price_amount, family.is_active) == (425, True)


@pytest.mark.parametrize("currency", ['" USD "', '""', '"  "', "null", '"\\u200b"'])
def test_a_currency_is_read_without_its_blanks_and_a_blank_one_is_absent(merchant, currency):
    text = files.content("float-price-null-flag.json").decode().replace('"usd"', currency)
    _import(merchant, text.encode(), "menu.json", merge=True)
    assert ItemFamily.objects.get().price_amount == 425


@pytest.mark.parametrize("key", ["undefined", "NaN", "null"])
def test_an_id_that_a_program_wrote_for_none_is_refused(merchant, key):
    text = files.content("float-price-null-flag.json").decode().replace("fam_a", key)
    [(_, column, value, _)] = _errors(merchant, text.encode(), "menu.json", merge=True)
    assert (column, value) == ("provider_id", key)
