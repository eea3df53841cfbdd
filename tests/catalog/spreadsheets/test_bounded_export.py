"""A spreadsheet is written in a process with limits."""

import orjson
import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.spreadsheets import bounded_export, formats
from catalog.spreadsheets.formats import Format
from integration.bounded.process import Limits
from integration.bounded.turns import Busy
from tests.sandbox.support import sample_catalog

pytestmark = pytest.mark.once
CONTENT = orjson.dumps(sample_catalog.catalog())


def test_the_process_writes_what_the_command_writes():
    written = bounded_export.written(CONTENT, Format.CSV, "usd")

    assert written == formats.written(CONTENT, Format.CSV, "usd")
    assert bounded_export.written(CONTENT, Format.XLSX, "usd").startswith(b"PK")


def test_json_needs_no_process(monkeypatch):
    monkeypatch.setattr("integration.bounded.process.run", None)
    assert bounded_export.written(CONTENT, Format.JSON, "usd") == CONTENT


def test_a_text_too_long_for_the_format_is_said():
    catalog = sample_catalog.catalog()
    catalog["item_family"][0]["images"] = [{"provider_url": "x" * 20_000}]

    with pytest.raises(BadCatalog, match="too long for CSV: export JSON instead"):
        bounded_export.written(orjson.dumps(catalog), Format.CSV, "usd")


@pytest.mark.parametrize("limits", [Limits(memory_mb=16, seconds=60), Limits(512, 1)])
def test_a_catalog_beyond_the_limits_is_refused(monkeypatch, limits):
    monkeypatch.setattr(bounded_export, "LIMITS", limits)
    catalog = sample_catalog.catalog()
    catalog["item_family"] *= 3_000

    with pytest.raises(BadCatalog, match="too large to export as XLSX here: choose JSON or use"):
        bounded_export.written(orjson.dumps(catalog), Format.XLSX, "usd")


def test_the_third_export_at_a_time_is_told_to_come_back():
    with bounded_export.turns.take(), bounded_export.turns.take(), pytest.raises(Busy):
        bounded_export.written(CONTENT, Format.CSV, "usd")
