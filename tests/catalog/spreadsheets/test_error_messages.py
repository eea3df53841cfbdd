"""Errors in a spreadsheet name the sheet, row and column."""

import io
import time
from datetime import date

import openpyxl
import orjson
import pytest

from catalog.import_export import importer
from catalog.models import ItemFamily
from catalog.spreadsheets import formats
from catalog.spreadsheets.formats import Format
from tests.sandbox.support import sample_catalog

_UNKNOWN = "Sheet “Categories”, row 2 (cat-1): column D “item families” names {}, but the catalog"
# What else is then wrong with the file, by the cell and its value.
ALSO = {
    "A2=None": [f"{_UNKNOWN.format('pizza')} has no such item family."],
    "A3=pizza": [f"{_UNKNOWN.format('burger')} has no such item family."],
    "I2=g 1, nix": [
        "Sheet “Item families”, row 2 (pizza): column I “modifier groups” names nix, but the"
        " catalog has no such modifier group."
    ],
}
TITLES = ["Menus", "Categories", "Item families", "Items", "Modifier groups", "Modifiers", "Taxes"]


def book():
    written = formats.written(orjson.dumps(sample_catalog.catalog()), Format.XLSX, "usd")
    return openpyxl.load_workbook(io.BytesIO(written))


def saved(workbook):
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def refusals(merchant, content, file_format=Format.XLSX, *, merge=False):
    with (
        pytest.raises(importer.BadCatalog) as refused,
        formats.as_json(content, file_format, merchant.currency, merge=merge) as file,
    ):
        importer.import_catalog(merchant, file.content, merge=merge, problems=file.problems)
    assert not ItemFamily.objects.exists()
    return [problem.message for problem in refused.value.problems]


def refusal(merchant, content, file_format=Format.XLSX, *, merge=False):
    """Return the only error of the file."""
    (message,) = refusals(merchant, content, file_format, merge=merge)
    return message


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "sentence"),
    [
        ("Item families", "D2", "9.999", "Sheet “Item families”, row 2, column D “price (USD)”"
         " contains “9.999”, but that may mean 9999.00 or 9.999: enter 9999.00, if that is meant."),
        ("Item families", "D2", "9.9999", "Sheet “Item families”, row 2, column D “price (USD)”"
         " contains “9.9999”, but USD has 2 decimals: enter a price like 12.50."),
        ("Item families", "D2", 0.125, "Sheet “Item families”, row 2, column D “price (USD)”"
         " contains “0.125”, but USD has 2 decimals: enter a price like 12.50."),
        ("Item families", "E2", "uber=1.250", "Sheet “Item families”, row 2, column E “channel"
         " prices” contains “1.250”, but that may mean 1250.00 or 1.25: enter 1250.00 or 1.25."),
        ("Item families", "D2", "1,250", "Sheet “Item families”, row 2, column D “price (USD)”"
         " contains “1,250”, but that may mean 1250.00 or 1.25: enter 1250.00 or 1.25."),
        ("Item families", "D2", "-1", "Sheet “Item families”, row 2 (pizza): column D"
         " “price (USD)” must be at least 0."),
        ("Item families", "D2", date(2026, 1, 2), "Sheet “Item families”, row 2, column D"
         " “price (USD)” contains a date or time: format the cell as text and enter it again."),
        ("Item families", "D2", "=1+1", "Sheet “Item families”, row 2, column D “price (USD)”"
         " contains a formula: enter its result instead."),
        ("Item families", "D2", "#REF!", "Sheet “Item families”, row 2, column D “price (USD)”"
         " contains the error #REF!: enter a value."),
        ("Item families", "D1", "price (EUR)", "Sheet “Item families”, row 1: the heading"
         " “price (eur)” is in another currency: use USD."),
        ("Item families", "D1", None, "Sheet “Item families”, row 1: the heading “price (USD)” is"
         " missing; keep the column, and leave its cells empty if it has no values."),
        ("Item families", "P1", "name", "Sheet “Item families”, row 1: the heading “name” appears"
         " twice."),
        ("Item families", "C2", "maybe", "Sheet “Item families”, row 2, column C “active”"
         " contains “maybe”: enter yes or no."),
        ("Item families", "E2", "uber 11", "Sheet “Item families”, row 2, column E “channel"
         " prices” contains “uber 11”: enter it like uber=11.50."),
        ("Item families", "E2", "uber=11,uber=12", "Sheet “Item families”, row 2 (pizza): column E"
         " “channel prices” names uber twice."),
        ("Item families", "E2", "Uber=11", "Sheet “Item families”, row 2 (pizza): column E"
         " “channel prices” must be a channel in lowercase without spaces, like uber."),
        ("Item families", "I2", "g 1, nix", "Sheet “Item families”, row 2 (pizza): column I"
         " “modifier groups” must be 1 to 128 letters, digits or symbols, without spaces."),
        ("Item families", "I2", "nix", "Sheet “Item families”, row 2 (pizza): column I"
         " “modifier groups” names nix, but the catalog has no such modifier group."),
        ("Item families", "I2", 'a, "b', "Sheet “Item families”, row 2, column I “modifier groups”"
         " contains “\"b”: separate words with commas, and put quotes around a word that contains"
         " one."),
        ("Item families", "B2", None, "Sheet “Item families”, row 2 (pizza): column B “name” is"
         " missing."),
        ("Item families", "A2", None, "Sheet “Item families”, row 2 (no readable provider_id):"
         " column A “id” is missing."),
        ("Item families", "B2", "x" * 201, "Sheet “Item families”, row 2 (pizza): column B “name”"
         " must have at most 200 characters."),
        ("Item families", "A3", "pizza", "Sheet “Item families”, row 3 (pizza): sheet “Item"
         " families”, row 2 (pizza) has the same “id”; every object needs its own."),
        ("Modifier groups", "F2", 2.5, "Sheet “Modifier groups”, row 2, column F “at least”"
         " contains “2.5”: enter a whole number like 3."),
        ("Modifier groups", "F2", -1, "Sheet “Modifier groups”, row 2 (crust): column F"
         " “at least” must be at least 0."),
        ("Menus", "D2", "9-12", "Sheet “Menus”, row 2 (menu-1): column D “monday”: 9-12 is not a"
         " window like 09:00-21:30."),
        ("Taxes", "D2", "much", "Sheet “Taxes”, row 2, column D “rate” contains “much”: enter a"
         " number"
         " like 8.25."),
    ],
)  # fmt: skip
def test_an_error_names_sheet_row_and_column(merchant, sheet, cell, value, sentence):
    workbook = book()
    workbook[sheet][cell].value = value

    messages = refusals(merchant, saved(workbook))
    assert sentence in messages
    assert [message for message in messages if message != sentence] == ALSO.get(
        f"{cell}={value}", []
    )


def test_a_merge_names_existing_objects_without_a_row(merchant):
    importer.import_catalog(merchant, orjson.dumps(sample_catalog.catalog()), merge=False)
    text = "type,id,name,active,price (USD),channel prices,description,items,default item"
    text += ",modifier groups,taxes,allergens,alcohol,images,sku\nitem family,new,New,,,,,pizza-s"

    with (
        pytest.raises(importer.BadCatalog) as refused,
        formats.as_json(text.encode(), Format.CSV, "usd", merge=True) as file,
    ):
        importer.import_catalog(merchant, file.content, merge=True, problems=file.problems)

    assert str(refused.value) == (
        "The existing item family (pizza): column H “items” names pizza-s, which row 2 (new)"
        " already has."
    )


def test_a_heading_may_be_anywhere_and_errors_still_name_the_cell(merchant):
    workbook = book()
    workbook["Taxes"].insert_cols(1)
    workbook["Taxes"].insert_rows(1)
    workbook["Taxes"].insert_rows(3)
    workbook["Taxes"]["E4"].value = "-1"

    assert refusal(merchant, saved(workbook)) == (
        "Sheet “Taxes”, row 4 (tax-1): column E “rate” must be at least 0."
    )


@pytest.mark.parametrize("title", TITLES)
def test_a_missing_sheet_is_refused_unless_merging(merchant, title):
    workbook = book()
    del workbook[title]

    message = refusal(merchant, saved(workbook))

    assert message.startswith(f"The file has no sheet “{title}” (in CSV: no row of type ")
    with formats.as_json(saved(workbook), Format.XLSX, "usd", merge=True) as file:
        assert len(orjson.loads(file.content)) == 6


def test_a_sheet_without_headings_and_a_duplicate_sheet_are_refused(merchant):
    workbook = book()
    workbook["Taxes"].delete_rows(1, 99)
    assert refusal(merchant, saved(workbook)) == (
        "Sheet “Taxes” is empty: its first row must contain the headings."
    )
    workbook = book()
    workbook.create_sheet("taxes ").append(["id"])
    assert refusal(merchant, saved(workbook)) == "There are two sheets “Taxes”: keep one."


def test_merged_cells_and_other_sheets_are_ignored(merchant):
    workbook = book()
    workbook.create_sheet("Notes").append(["=1+1"])
    workbook["Items"].merge_cells("A20:C25")
    with formats.as_json(saved(workbook), Format.XLSX, "usd", merge=False) as file:
        importer.import_catalog(merchant, file.content, merge=False, problems=file.problems)
    assert ItemFamily.objects.count() == 4


def test_numeric_and_boolean_cells_are_read(merchant):
    workbook = book()
    workbook["Items"]["A2"].value = workbook["Item families"]["H2"].value = 4711
    workbook["Item families"]["G2"].value = "4711, pizza-l"
    workbook["Items"]["D2"].value = 0.1 + 0.2
    workbook["Items"]["C2"].value = True
    with formats.as_json(saved(workbook), Format.XLSX, "usd", merge=False) as file:
        first = orjson.loads(file.content)["item"][0]
    assert (first["provider_id"], first["price_amount"], first["is_active"]) == ("4711", 30, True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("name\nx", "Row 1, column A must contain the heading “type”: export a catalog to see an"
         " example."),
        ("type,id\ndish,x", "Row 2, column A “type” contains “dish”: enter one of menu, category,"
         " item"
         " family, item, modifier group, modifier, tax."),
        ("type,id,name,description,item families\ncategory,a,A\n\ncategory,a b,B", "Row 4 (a b):"
         " column B “id” must be 1 to 128 letters, digits or symbols, without spaces."),
        ('type,id\ntax,"a"b', "The file is not valid CSV: ',' expected after '\"'."),
        ("type,id\ntax,\0", "The file is not valid CSV: it contains NUL characters."),
        ("type" + "," * 50, "Row 1 has more than 40 columns."),
        ("type\n" + "\n" * 300_001, "The file has more than 300,000 rows."),
        (f"type,id\ntax,{'x' * 200_000}", "The file is not valid CSV: row 2 has a cell of more than"
         " 131,072 characters, or a quote that is never closed."),
        ('type,id\ntax,a\ntax,"b\ntax,c\n', "The file is not valid CSV: a quote in row 3 is never"
         " closed."),
        ('type,id\n"' + "tax,a\n" * 5_000_000, "The file is not valid CSV: row 2 has a cell of more"
         " than 131,072 characters, or a quote that is never closed."),
        ("type,id\ntax" + "," * 2_000_000, "Row 2 has more than 2,000,000 characters."),
        ("type,id\ntax" + "," * 1_999_996, "Row 2 has more than 40 columns."),
        ("type,id\ntax" + ',"a\n"' * 2_000_000, "Row 2 has more than 2,000,000 characters."),
        (("type,id\n" + "x" * 100_000 + "\n") * 30, "Row 2, column A “type” contains"
         f" “{'x' * 40}”: enter one of menu, category, item family, item, modifier group, modifier,"
         " tax."),
    ],
)  # fmt: skip
def test_an_invalid_csv_file_is_refused(merchant, text, sentence):
    messages = refusals(merchant, text.encode(), Format.CSV, merge=True)
    assert messages[0] == sentence
    assert len(messages) == (59 if "xxx\n" in text else 1)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (f"a{' ' * 64_000}b", "contains more than 32,767 characters: shorten it."),
        (f"{' ' * 64_000}", "contains more than 32,767 characters: shorten it."),
        (f"a{' ' * 32_000}\"\"", None),
        (f"a{' ' * 32_000},b", None),
        (f"\"\"a{' ' * 32_000}\"\"b", f"contains “\"a{' ' * 37}…”: separate words with commas, and"
         " put quotes around a word that contains one."),
    ],
)  # fmt: skip
def test_a_list_cell_of_blanks_is_read_at_once(merchant, cell, problem):
    text = f'type,id,name,description,item families\ncategory,a,A,,"{cell}"'
    started = time.process_time()
    message = refusals(merchant, text.encode(), Format.CSV, merge=True)[0]
    assert time.process_time() - started < 1
    if problem:
        assert message == f"Row 2, column E “item families” {problem}"
    else:
        assert "item families" in message


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("type,é".encode("latin-1"), "The file is not UTF-8 (line 1): save it as “CSV UTF-8”."),
        ("type".encode("utf-16"), "The file is UTF-16: save it as “CSV UTF-8”."),
    ],
)
def test_another_encoding_is_refused_with_advice(merchant, content, sentence):
    assert refusal(merchant, content, Format.CSV) == sentence
