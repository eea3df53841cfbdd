"""Cells are read as people see them (a format is part of the number), and in one reading only."""

import openpyxl
import pytest

from catalog.import_errors.problems import Problems
from catalog.import_export.schema import ARRAYS
from catalog.spreadsheets import xlsx
from catalog.spreadsheets.cells import COUNT, MONEY, NUMBER, BadCell

from .test_error_messages import book, refusal, saved


def _read(value, number_format):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Taxes"
    sheet["A1"].value = "id"
    sheet["A2"].value = value
    sheet["A2"].number_format = number_format
    [table] = xlsx.read(saved(workbook), Problems(ARRAYS))
    return table.lines[0].cells[0]


@pytest.mark.parametrize(
    ("value", "number_format", "rate"),
    [
        (0.0825, "0.00%", 8.25),
        (0.0825, "0%", 8.25),
        (0.19, "0.00 %;[Red]-0.00 %", 19.0),
        (0.07, "0.###%", 7.0),
        (1, "0%", 100.0),
        (8.25, "0.00", 8.25),
        (8.25, '0.00"%"', 8.25),
        (8.25, r"0.00\%", 8.25),
        (8.25, "General", 8.25),
        ("8.25 %", "@", 8.25),
        ("8,25%", "@", 8.25),
        (" 19 ", "@", 19.0),
    ],
)
def test_a_rate_is_read_as_its_cell_shows_it(value, number_format, rate):
    assert NUMBER.read([_read(value, number_format)], "usd") == rate


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (12345, "0000000", "0012345"), (7, "000", "007"), (7, "0", 7), (7.5, "000", 7.5),
        (12345678905, "000000000000", "012345678905"),
    ],
)  # fmt: skip
def test_an_id_keeps_the_zeros_that_its_cell_shows(value, number_format, shown):
    assert _read(value, number_format) == shown


@pytest.mark.parametrize(("kind", "says"), [(MONEY, "enter a price like"), (COUNT, "whole number")])
def test_a_percent_cell_is_no_price_and_no_count(kind, says):
    with pytest.raises(BadCell, match=says):
        kind.read([_read(12.5, "0%")], "usd")


def test_a_number_that_is_shown_with_three_decimals_has_two_readings():
    with pytest.raises(BadCell, match="that may mean 12000 or 12: enter 12000 or 12"):
        MONEY.read([_read(12, "0.000")], "clp")
    with pytest.raises(BadCell, match=r"that may mean 1250\.00 or 1\.25"):
        MONEY.read([_read(1.25, "#,##0.000")], "eur")
    assert MONEY.read([_read(1.25, "0.000")], "kwd") == 1250
    assert MONEY.read([_read(12000, "#,##0")], "clp") == 12000
    assert NUMBER.read([_read(8.875, "0.000")], "usd") == 8.875


def test_a_price_that_became_a_date_is_refused(merchant):
    workbook = book()
    workbook["Item families"]["D2"].value = 45000
    workbook["Item families"]["D2"].number_format = "dd.mm.yyyy"

    assert "column D “price (USD)” contains a date or time" in refusal(merchant, saved(workbook))


@pytest.mark.parametrize("mark", ".,")
@pytest.mark.parametrize(
    ("currency", "main", "readings"),
    [
        ("clp", "12", "12000 or 12"),
        ("jpy", "1", "1000 or 1"),
        ("eur", "1", "1000.00 or 1"),
        ("usd", "999", "999000.00 or 999"),
    ],
)
def test_an_amount_with_two_readings_is_refused_with_both(currency, main, readings, mark):
    with pytest.raises(BadCell) as refused:
        MONEY.read([f"{main}{mark}000"], currency)

    assert f"“{main}{mark}000”, but that may mean {readings}: enter" in str(refused.value)


@pytest.mark.parametrize(
    ("currency", "text", "amount"),
    [
        ("kwd", "1.250", 1250), ("kwd", "1,25", 1250), ("bhd", "0.500", 500),
        ("clp", "12000", 12000),
        ("clp", "12.0", 12), ("eur", "1,25", 125), ("eur", "1250,5", 125050), ("eur", "0.500", 50),
        ("eur", "1250.500", 125050), ("usd", "1.25", 125), ("usd", "-1.5", -150),
    ],
)  # fmt: skip
def test_an_amount_with_one_reading_is_read(currency, text, amount):
    assert MONEY.read([text], currency) == amount


@pytest.mark.parametrize("text", ["1.250.000", "1,250.00", "1.250,00", "1 250", "1'250", ".", "-"])
def test_other_separators_are_no_price(text):
    with pytest.raises(BadCell, match=r"enter a price like 12\.50"):
        MONEY.read([text], "usd")
