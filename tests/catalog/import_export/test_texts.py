"""Texts of a file that nobody can have meant are refused with their place, or cleaned."""

import orjson
import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.import_export import importer
from catalog.models import ItemFamily
from catalog.spreadsheets import formats
from catalog.spreadsheets.formats import Format
from catalog.spreadsheets.layout import SHEETS, heading
from integration.api.text import is_blank, is_error_word
from tests.catalog.spreadsheets.test_error_messages import book, refusal, saved

FAMILY = {"provider_id": "fam_a", "name": "A", "price_amount": 425, "price_currency": "usd"}


def _merge(merchant, **fields):
    content = orjson.dumps({"item_family": [FAMILY | fields]})
    importer.import_catalog(merchant, content, merge=True)
    return ItemFamily.objects.get()


@pytest.mark.parametrize("field", ["name", "description", "sku"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#NAME?", "contains the error #NAME?: enter a value."),
        (" #ref! ", "contains the error #ref!: enter a value."),
        ("#DIV/0!", "contains the error #DIV/0!: enter a value."),
        ("#WERT!", "contains the error #WERT!: enter a value."),
        ("####", "contains the error ####: enter a value."),
        ("Err:508", "contains the error Err:508: enter a value."),
        ("Al\x07 Pas\x1btor", "contains an invisible control character (U+0007): enter"),
        ("\x7f", "contains an invisible control character (U+007F): enter"),
        ("Caf\x82", "contains an invisible control character (U+0082): enter"),
    ],
)
def test_a_text_that_nobody_wrote_is_refused(merchant, field, text, says):
    with pytest.raises(BadCatalog) as refused:
        _merge(merchant, **{field: text})

    assert str(refused.value).startswith(f"item_family 1 (fam_a): {field} {says}")


@pytest.mark.parametrize(
    "text", [" \u200b", "\u00a0", "\u3164", "\u2060\ufeff", "\u00ad"], ids=ascii
)
def test_a_name_that_nobody_sees_is_missing(merchant, text):
    with pytest.raises(BadCatalog, match=r"item_family 1 \(fam_a\): name is missing\."):
        _merge(merchant, name=text)


def test_what_misleads_or_is_blank_is_removed(merchant):
    kept = _merge(
        merchant, name="\u202etaco\u202c \u2067x\u2069", description="\u200b", sku="\u00a0",
        allergens=["nuts", "", " \u200b", "\u202amilk"],
    )  # fmt: skip

    assert (kept.name, kept.description, kept.sku) == ("taco x", "", "")
    assert kept.allergens == ["nuts", "milk"]


@pytest.mark.parametrize(
    "text", ["#1 Combo", "#TACOS!", "👩‍🍳 Special", "نان", "Crème brûlée", "A\nB", "N/A", "Name?"]
)
def test_a_text_that_is_only_unusual_stays(merchant, text):
    assert _merge(merchant, name=text, description=text).name == text


@pytest.mark.parametrize("text", ["#NAME?", "Al\x07", "\u200b"], ids=ascii)
def test_a_spreadsheet_says_row_and_column(merchant, text):
    workbook = book()
    cell = workbook["Item families"]["B2"]
    cell.value = text.replace("\x07", "_x0007_")
    cell.data_type = "s"  # A text, where openpyxl would make it an error.

    message = refusal(merchant, saved(workbook))

    assert message.startswith("Sheet “Item families”, row 2 (pizza): column B “name” ")


def _csv(**cells):
    [sheet] = [sheet for sheet in SHEETS if sheet.array == "item_family"]
    headings = ["type", *(heading(column, "usd") for column in sheet.columns)]
    values = {"type": "item family", "id": "fam_a", "name": "A", "price (USD)": "9.50"} | cells
    rows = [headings, [values.get(name, "") for name in headings]]
    return "\r\n".join(",".join(row) for row in rows)


def _import_csv(merchant, content, file_format=Format.CSV):
    with formats.as_json(content, file_format, "usd", merge=True) as file:
        importer.import_catalog(merchant, file.content, merge=True, problems=file.problems)
    return ItemFamily.objects.get()


def test_a_csv_file_says_row_and_column(merchant):
    with pytest.raises(BadCatalog) as refused:
        _import_csv(merchant, _csv(name="#NAME?").encode())

    assert str(refused.value) == (
        "Row 2 (fam_a): column C “name” contains the error #NAME?: enter a value."
    )


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"], ids=ascii)
@pytest.mark.parametrize(
    ("first", "delimiter"),
    [
        ("", ","),
        ("", ";"),
        ("", "\t"),
        ("", "|"),
        ("sep=;\r\n", ";"),
        ("sep=|\r\n", "|"),
        ("SEP=,\n", ","),
    ],
)
def test_a_csv_file_is_read_whatever_begins_it(merchant, mark, first, delimiter):
    first = first.lower()
    content = mark + first + _csv().replace(",", delimiter)

    assert _import_csv(merchant, content.encode()).price_amount == 950


def test_rows_are_counted_as_programs_show_them_behind_a_line_that_names_the_delimiter(merchant):
    content = "sep=;\n" + _csv(**{"price (USD)": "x"}).replace(",", ";")

    with pytest.raises(BadCatalog, match=r"^Row 3, column .* “price \(USD\)” contains “x”"):
        _import_csv(merchant, content.encode())


@pytest.mark.parametrize("named", list(Format))
def test_a_file_under_another_formats_name_is_read_by_its_content(merchant, named):
    assert _import_csv(merchant, _csv().encode(), named).name == "A"
    as_json = b"\xef\xbb\xbf " + orjson.dumps({"item_family": [FAMILY | {"name": "B"}]})
    assert _import_csv(merchant, as_json, named).name == "B"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf\n"])
def test_whole_fractions_and_nulls_are_read_as_documented(merchant, mark):
    body = {
        "item_family": [FAMILY | {"price_amount": 425.0, "is_active": None, "is_alcohol": None}]
    }
    body |= {"modifier_group": [{"provider_id": "g", "name": "G", "is_active": None,
        "rules": {"selection_type": None, "minimum_unique_modifiers_allowed": 0.0}}]}  # fmt: skip

    importer.import_catalog(merchant, mark + orjson.dumps(body), merge=True)

    kept = ItemFamily.objects.get()
    assert (kept.price_amount, kept.is_active, kept.is_alcohol) == (425, True, False)


def test_a_fraction_that_is_not_whole_and_a_required_null_are_refused(merchant):
    for fields, says in (
        ({"price_amount": 425.5}, "price_amount must be a whole number, not a decimal number."),
        ({"name": None}, "name is missing."),
    ):
        with pytest.raises(BadCatalog) as refused:
            _merge(merchant, **fields)
        assert str(refused.value) == f"item_family 1 (fam_a): {says}"


@pytest.mark.parametrize("text", ["", "\ufe0f", "\u061c\u200f", "\U000e0041"], ids=ascii)
def test_invisible_characters_are_blank(text):
    assert is_blank(text)
    assert not is_error_word(text)
