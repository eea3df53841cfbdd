"""The commands import_catalog and export_catalog."""

import io
import json
import os
import re

import pytest
from django.db import OperationalError

from catalog.import_export import exporter
from catalog.import_export.schema import ARRAYS
from catalog.management.progress import Bar
from catalog.models import ItemFamily
from tests.catalog.support.full_menu import by_id
from tests.catalog.support.puller_process import database_url
from tests.catalog.support.random_catalogs import canonical
from tests.sandbox.support import sample_catalog
from tests.support import factories
from tests.support.processes import manage

from .test_availability_and_pause import run  # noqa: F401  # A fixture.


@pytest.fixture
def file(tmp_path, merchant, location):
    merchant.provider_id = "mer_harbor"
    merchant.save()
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(sample_catalog.catalog()))
    return path


IMPORT = ["import_catalog", "--merchant", "mer_harbor"]
EXPORT = ["export_catalog", "--merchant", "mer_harbor"]


def test_a_catalog_is_imported_and_exported_in_the_shell(file, run, tmp_path, stream):  # noqa: F811  # A fixture.
    copy = tmp_path / "copy.json"
    added = "Added: 23, changed: 0, removed (archived): 0, switched off: 0.\n"
    assert run(*IMPORT, str(file)) == (0, added, "")

    assert run(*EXPORT, str(copy)) == (0, f"Wrote {copy}.\n", "")
    code, out, _ = run(*EXPORT, "--location", "loc_downtown")

    pulled = canonical(stream.catalog("loc_downtown").content)
    assert (code, canonical(out.encode()), canonical(copy.read_bytes())) == (0, pulled, pulled)
    same = "The catalog is already up to date: nothing changes.\n"
    assert run(*IMPORT, str(copy)) == (0, same, "")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "XLSX"])
def test_the_extension_selects_the_spreadsheet_format(file, run, tmp_path, merchant, ending):  # noqa: F811  # A fixture.
    sheet = tmp_path / f"catalog.{ending}"
    run(*IMPORT, str(file))
    before = exporter.export(merchant)
    assert run(*EXPORT, str(sheet)) == (0, f"Wrote {sheet}.\n", "")
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)

    code, out, err = run(*IMPORT, str(sheet), "--dry-run")
    assert (code, err) == (0, "")
    assert "item_family burger (Burger): price_amount 1 > 900" in out
    changed = "Added: 0, changed: 1, removed (archived): 0, switched off: 0.\n"
    assert run(*IMPORT, str(sheet)) == (0, changed, "")
    assert exporter.export(merchant) == before


def test_an_error_in_a_spreadsheet_prints_one_sentence_and_exits_with_1(file, run, tmp_path):  # noqa: F811  # A fixture.
    sheet = tmp_path / "catalog.csv"
    sheet.write_text("type,id,name,active,rate,default,inclusive\ntax,t,T,,eight,,\n")

    assert run(*IMPORT, "--merge", str(sheet)) == (
        1,
        "",
        "CommandError: Row 2, column E “rate” contains “eight”: enter a number like 8.25. Nothing"
        " was changed.\n",
    )


def test_a_deadlock_prints_one_sentence_and_exits_with_1(file, run, monkeypatch):  # noqa: F811  # A fixture.
    def collide(*args):
        raise OperationalError("deadlock detected\nDETAIL: Process 1 waits")

    monkeypatch.setattr("catalog.import_export.importer.PlanWriter", collide)

    assert run(*IMPORT, str(file)) == (
        1,
        "",
        "CommandError: The database refused the import; nothing was changed. Try again: deadlock"
        " detected"
        " DETAIL: Process 1 waits\n",
    )


def test_an_import_lists_objects_that_stream_does_not_get(file, run, merchant, tmp_path):  # noqa: F811  # A fixture.
    run(*IMPORT, str(file))
    factories.family(merchant, provider_id="broken", price_amount=None)
    tea = {"provider_id": "tea", "name": "Tea", "price_amount": 300}
    file.write_text(json.dumps({"item_family": [tea]}))

    code, out, _ = run(*IMPORT, "--merge", str(file))

    assert (code, out.splitlines()) == (
        0,
        [
            "Added: 1, changed: 0, removed (archived): 0, switched off: 0.",
            "Left out of the menu that Stream gets: 1",
            "  item_family broken (Cheeseburger): It has neither a price nor a size, so nobody"
            " can order it. Enter a price, or add a size.",
        ],
    )


def test_a_dry_run_shows_what_would_change(file, run, merchant):  # noqa: F811  # A fixture.
    run(*IMPORT, str(file))
    catalog = sample_catalog.catalog()
    by_id(catalog, "burger").update(is_active=False, price_amount=950)
    catalog["category"][1]["item_family_ids"] = ["wine", "tea"]
    catalog["item_family"][2].update(provider_id="tea", name="Tea")
    file.write_text(json.dumps(catalog))
    before = exporter.export(merchant)

    code, out, err = run(*IMPORT, "--replace", "--dry-run", str(file))

    assert (code, err) == (0, "")
    *lines, confirm = out.splitlines()
    assert re.fullmatch("To do this: --confirm [0-9a-f]{16}", confirm)
    assert lines == [
        "Added: 1",
        "  item_family tea (Tea)",
        "Changed: 2",
        "  item_family burger (Burger): is_active True > False, price_amount 900 > 950",
        "  category cat-2 (Drinks): item_family_ids",
        "Removed (archived): 1",
        "  item_family soda (Soda), named by category cat-2",
        "Switched off: 1",
        "  item_family burger (Burger)",
        "Added: 1, changed: 2, removed (archived): 1, switched off: 1.",
        "Dry run: nothing was changed.",
    ]
    assert exporter.export(merchant) == before


def test_replacing_asks_with_the_counts_and_does_what_was_confirmed(file, run, merchant):  # noqa: F811  # A fixture.
    run(*IMPORT, str(file))
    catalog = sample_catalog.catalog()
    catalog["category"][1]["item_family_ids"] = ["wine"]
    del catalog["item_family"][2]
    file.write_text(json.dumps(catalog))
    before = exporter.export(merchant)

    code, out, err = run(*IMPORT, "--replace", str(file))

    assert (code, out, exporter.export(merchant)) == (1, "", before)
    number = re.search(r"--confirm ([0-9a-f]{16})", err)[1]
    assert err == (
        "CommandError: This removes what the file lacks: 1 item family. Nothing was changed. See it"
        f" with --dry-run, and do it with --confirm {number}; or merge the file, without"
        " --replace.\n"
    )
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)
    code, _, err = run(*IMPORT, "--replace", "--confirm", number, str(file))
    assert (code, "The plan is another one by now." in err) == (1, True)
    number = re.search(r"--confirm ([0-9a-f]{16})", err)[1]
    done = "Added: 0, changed: 2, removed (archived): 1, switched off: 0.\n"
    assert run(*IMPORT, "--replace", "--confirm", number, str(file)) == (0, done, "")


def test_a_script_replaces_without_being_asked(file, run, merchant):  # noqa: F811  # A fixture.
    run(*IMPORT, str(file))
    file.write_text(json.dumps({array: [] for array in ARRAYS}))

    code, out, _ = run(*IMPORT, "--replace", "--no-input", str(file))

    assert (code, out.splitlines()[0]) == (
        0,
        "Added: 0, changed: 0, removed (archived): 23, switched off: 0.",
    )


def test_all_errors_of_a_file_are_printed_as_a_table_and_written_as_csv(file, run, tmp_path):  # noqa: F811  # A fixture.
    bad = {"item": [{"provider_id": "a", "name": 3}], "tax": [{"provider_id": "t", "name": "T"}]}
    file.write_text(json.dumps(bad))
    errors = tmp_path / "errors.csv"

    code, out, err = run(*IMPORT, "--errors", str(errors), str(file))

    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "CommandError: The file has 4 errors. Nothing was changed.",
        "sheet  row    column        value  what to write",
        "item   1 (a)  name          3      Must be text, not a whole number.",
        "item   1 (a)  price_amount         Is missing.",
        "item   1 (a)  provider_id   a      No item_family lists it in its item_ids.",
        "tax    1 (t)  rate                 Is missing.",
    ]
    assert errors.read_text(encoding="utf-8-sig").splitlines()[1] == (
        'item,1 (a),name,3,"Must be text, not a whole number."'
    )


def test_a_merge_removes_nothing(file, run, merchant):  # noqa: F811  # A fixture.
    run(*IMPORT, str(file))
    tea = {"provider_id": "tea", "name": "Tea", "price_amount": 300}
    file.write_text(json.dumps({"item_family": [tea]}))

    code, out, _ = run(*IMPORT, "--merge", str(file))

    assert (code, out) == (
        0,
        "Added: 1, changed: 0, removed (archived): 0, switched off: 0.\n",
    )
    assert ItemFamily.objects.filter(archived_at=None).count() == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import_catalog", "--merchant", "x", "{file}"], "There is no merchant x."),
        ([*IMPORT, "{file}.no"], "{file}.no cannot be read: No such file or directory."),
        ([*IMPORT, "{folder}"], "{folder} cannot be read: Is a directory."),
        ([*IMPORT, "/dev/null"], "The file is empty. Nothing was changed."),
        ([*IMPORT, "--dry-run", "/dev/null"], "The file is empty. Nothing was changed."),
        (["export_catalog", "--merchant", "x"], "There is no merchant x."),
        ([*EXPORT, "--location", "x"], "There is no location x."),
        ([*EXPORT, "--location", "loc_foreign"], "Harbor Kitchen has no location loc_foreign."),
        ([*EXPORT, "{folder}"], "{folder} cannot be written: Is a directory."),
    ],
)
def test_a_refusal_prints_one_sentence_and_exits_with_1(file, run, arguments, sentence):  # noqa: F811  # A fixture.
    factories.location(factories.merchant(), provider_id="loc_foreign")
    names = {"file": file, "folder": file.parent}

    code, out, err = run(*(argument.format(**names) for argument in arguments))

    assert (code, out) == (1, "")
    assert err.strip().removeprefix("CommandError: ") == sentence.format(**names)


@pytest.mark.parametrize(
    "arguments", [["import_catalog", "file"], IMPORT, ["export_catalog"], [*EXPORT, "a", "b"]]
)
def test_wrong_usage_exits_with_2(file, run, arguments):  # noqa: F811  # A fixture.
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert "error:" in err


@pytest.mark.django_db(transaction=True)
def test_a_file_that_takes_more_memory_than_allowed_is_refused(tmp_path, merchant):
    path = tmp_path / "menu.csv"
    path.write_text("type,id\n" + ("tax" + ",a" * 38 + "\n") * 250_000)
    limited = {"DATABASE_URL": database_url(), "IMPORT_MEMORY_MB": "192"}

    done = manage(
        "import_catalog", "--merchant", merchant.provider_id, str(path), env=os.environ | limited
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "CommandError: The file needs more than 192 MB of memory (IMPORT_MEMORY_MB). Nothing was"
        " changed.\n"
    )


class _Terminal(io.StringIO):
    def isatty(self):
        return True

    def write(self, text, ending=None):
        return super().write(text)


def test_a_progress_bar_is_drawn_in_a_terminal():
    terminal = _Terminal()
    bar = Bar(terminal)
    for done in range(0, 1001, 5):
        bar(done, 1000)
    bar.clear()
    drawn = terminal.getvalue().split("\r")

    assert len(drawn) == 104
    assert drawn[51] == f"[{'#' * 20}{' ' * 20}]  50 %"
    assert drawn[-2:] == [" " * 48, ""]


def test_no_progress_bar_is_written_to_a_file():
    file = io.StringIO()
    bar = Bar(file)
    bar(5, 10)
    bar.clear()

    assert file.getvalue() == ""
