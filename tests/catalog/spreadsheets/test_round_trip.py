"""CSV and XLSX files return an exported catalog exactly, whatever its texts contain."""

import io
import json

import openpyxl
import orjson
import pytest

from catalog.import_export import exporter, importer
from catalog.spreadsheets import formats
from catalog.spreadsheets.formats import Format
from tests.catalog.support import random_catalogs
from tests.catalog.support.full_menu import FULL_CATALOG
from tests.catalog.support.random_catalogs import canonical
from tests.sandbox.support import sample_catalog

SHEETS = [Format.CSV, Format.XLSX]
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "#N/A", "=cmd|' /C calc'!A0",
    "_x0041_", "_x005F_x0041_", "a\rb\r\nc\n", " both ends ", "\x01\x1f\ufffe", '12" "quoted"',
    "a;b,c\td", "0123", "1e5", "TRUE", "2026-01-02", "😀 é", ",", '"', "yes", "x" * 200,
]  # fmt: skip


def round_trip(catalog, file_format, currency="usd"):
    written = formats.written(orjson.dumps(catalog), file_format, currency)
    with formats.as_json(written, file_format, currency, merge=False) as file:
        return json.loads(file.content)


@pytest.mark.parametrize("file_format", SHEETS)
@pytest.mark.parametrize(("families", "seed"), [(1, 1), (30, 2), (30, 3), (200, 4), (2000, 5)])
def test_a_random_catalog_keeps_its_order(file_format, families, seed):
    catalog = random_catalogs.make(families, seed=seed)

    assert round_trip(catalog, file_format) == catalog


@pytest.mark.parametrize("file_format", SHEETS)
def test_every_feature_of_a_catalog_round_trips(file_format):
    assert round_trip(FULL_CATALOG, file_format) == FULL_CATALOG


@pytest.mark.parametrize("file_format", SHEETS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_round_trip_exactly(file_format, text):
    catalog = random_catalogs.make(2, seed=1)
    visible = "".join(character for character in text if "\x21" <= character <= "\x7e")[:128] or "x"
    catalog["category"][0].update(name=text, description=text, provider_id=visible)
    catalog["menu"][0]["category_ids"] = catalog["menu"][1]["category_ids"] = [visible]
    catalog["item_family"][0].update(sku=text[:64], allergens=[text, "", visible])

    assert round_trip(catalog, file_format) == catalog


@pytest.mark.parametrize("file_format", SHEETS)
def test_values_longer_than_a_cell_continue_in_the_rows_below(file_format):
    catalog = random_catalogs.make(3000, seed=1)
    catalog["category"][0]["item_family_ids"] = [f"fam{number}" for number in range(3000)]
    catalog["category"][1]["description"] = "Long, and “long” \n" * 4000

    assert round_trip(catalog, file_format) == catalog


def test_a_text_too_long_for_any_cell_is_refused_with_advice():
    catalog = random_catalogs.make(1, seed=1)
    catalog["item_family"][0]["allergens"] = ["x" * 20_000]

    with pytest.raises(importer.BadCatalog, match="too long for CSV: export JSON"):
        round_trip(catalog, Format.CSV)


@pytest.mark.parametrize("file_format", SHEETS)
@pytest.mark.parametrize(("currency", "shown"), [("usd", "12.5"), ("jpy", "1250"), ("kwd", "1.25")])
def test_prices_are_written_in_the_currencys_main_unit(file_format, currency, shown):
    catalog = sample_catalog.catalog()
    for array in ("item_family", "item", "modifier"):
        for row in catalog[array]:
            if "price_amount" in row:
                row["price_currency"] = currency
    catalog["modifier"][0]["price_amount"] = 1250
    catalog["modifier"][1]["price_amount"] = 2**53

    back = round_trip(catalog, file_format, currency)

    assert [row.get("price_amount") for row in back["modifier"]] == [
        row.get("price_amount") for row in catalog["modifier"]
    ]
    book = formats.written(orjson.dumps(catalog), Format.XLSX, currency)
    sheet = openpyxl.load_workbook(io.BytesIO(book))["Modifiers"]
    assert sheet["D1"].value == f"price ({currency.upper()})"
    assert f"{sheet['D2'].value:g}" == shown


def test_no_workbook_cell_is_a_formula():
    catalog = random_catalogs.make(2, seed=1)
    for place, row in enumerate(catalog["item_family"]):
        row.update(name=HOSTILE[place], description="=1+1", sku="@x")
    book = openpyxl.load_workbook(
        io.BytesIO(formats.written(orjson.dumps(catalog), Format.XLSX, "usd"))
    )

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]

    assert "=1+1" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {cell.number_format for cell in cells if cell.data_type == "s" and cell.row > 1} == {"@"}


def test_no_csv_cell_begins_like_a_formula():
    catalog = random_catalogs.make(2, seed=1)
    catalog["item_family"][0].update(name="=1+1", description="+1", sku="@x")

    text = formats.written(orjson.dumps(catalog), Format.CSV, "usd").decode()

    assert text.startswith("\ufefftype,id,name,")
    assert "'=1+1" in text
    for sign in "=+@":
        assert f",{sign}" not in text
        assert f'"{sign}' not in text


@pytest.mark.parametrize("file_format", SHEETS)
def test_importing_an_exported_spreadsheet_changes_nothing(merchant, location, full, file_format):
    exported = formats.written(exporter.export(merchant), file_format, merchant.currency)

    with formats.as_json(exported, file_format, merchant.currency, merge=False) as file:
        assert canonical(file.content) == canonical(exporter.export(merchant))
        assert importer.plan_import(
            merchant, file.content, merge=False, problems=file.problems
        ).is_empty()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_csv_file_may_have_any_common_delimiter_with_or_without_a_bom(delimiter, bom):
    text = delimiter.join(["Type ", " ID", "name", "Active", "rate", "default", "inclusive"])
    text += f"\n{delimiter.join(['TAX', ' vat ', 'VAT', '', '8.25', 'TRUE', 'no'])}\n\n,,,\n"
    text = text.replace(",,,", delimiter * 3)

    with formats.as_json(bom + text.encode(), Format.CSV, "usd", merge=True) as file:
        assert json.loads(file.content) == {
            "tax": [
                {
                    "provider_id": "vat",
                    "name": "VAT",
                    "rate": 8.25,
                    "is_default": True,
                    "is_inclusive": False,
                }
            ]
        }
