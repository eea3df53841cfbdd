"""The page "Import and export", for owners and managers."""

import io
from typing import Any

import openpyxl
import orjson
import pytest
from django.contrib.admin.models import LogEntry

from catalog import models
from catalog.import_export import exporter, importer
from catalog.models import CatalogImport, ItemFamily
from catalog.spreadsheets import bounded_export
from integration.bounded.process import Limits
from tests.catalog.support.import_page import PAGE, changed_menu, only, page_of, press, upload, work
from tests.catalog.support.random_catalogs import canonical
from tests.sandbox.support import sample_catalog
from tests.support import factories
from tests.support.markup import compact

State = CatalogImport.State


@pytest.fixture
def client(browser_client: Any, owner: Any, sample: None) -> Any:
    return browser_client(owner)


@pytest.fixture
def sample(merchant: Any, location: Any) -> None:
    importer.import_catalog(merchant, orjson.dumps(sample_catalog.catalog()), merge=False)


def test_an_upload_is_checked_by_a_worker_and_changes_nothing(
    client, merchant, woken, django_capture_on_commit_callbacks
):
    before = exporter.export(merchant)
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(client, changed_menu())

    catalog_import = only()
    assert answer["Location"] == f"/admin/catalog/catalogimport/{catalog_import.pk}/change/"
    assert ("catalog.tasks.run_import", catalog_import.pk) in woken
    assert "Waiting for a worker" in page_of(client, catalog_import)
    assert work().state == State.READY
    assert exporter.export(merchant) == before


def test_the_dry_run_shows_what_would_be_added_changed_removed_and_switched_off(client):
    upload(client, changed_menu())
    catalog_import = work()

    shown = compact(page_of(client, catalog_import))

    assert {name: part["count"] for name, part in catalog_import.report.items()} == {
        "added": 1, "changed": 3, "removed": 1, "switched_off": 1,
    }  # fmt: skip
    assert "price</span><del>9.00 USD</del>→<ins>9.50 USD</ins>" in shown
    assert "active</span><del>yes</del>→<ins>no</ins>" in shown
    assert "item families</span><del>soda</del>→<ins>tea</ins>" in shown
    category = models.Category.objects.get(provider_id="cat-2")
    named = f'<a class="text-link" href="/admin/catalog/category/{category.pk}/change/">cat-2</a>'
    assert f"Named by category{named}" in shown
    assert "&lt;b&gt;Burger&lt;/b&gt;" in shown
    assert "<b>Burger" not in shown
    for name in ("Tea", "Soda", "thin", "Drinks"):
        assert f"<b>{name}</b>" in shown


def test_the_dry_run_shows_changes_of_a_list_and_its_order(client, location):
    catalog = changed_menu()
    catalog["category"][0]["item_family_ids"].reverse()
    burger = catalog["item_family"][1]
    burger["dsp_price_amount_overrides"] = [{"dsp": "uber", "price_amount": 1000}]
    burger["images"] = [{"provider_url": "https://img.example.com/1.png"}]
    catalog["modifier_group"][3]["rules"]["default_modifier_quantities"] = {"done": 2}
    catalog["item"][0]["stock_count"] = 7
    upload(client, catalog)

    catalog_import = work()

    changes = {row["id"]: row["changes"] for row in catalog_import.report["changed"]["shown"]}
    assert changes["cat-1"] == [["item families", "", ""]]
    assert "item families</span>reordered" in compact(page_of(client, catalog_import))
    assert changes["burger"][2:] == [
        ["channel prices of families", "uber 9.90 USD", "uber 10.00 USD"],
        ["images of families", "", "https://img.example.com/1.png"],
    ]
    assert changes["doneness"] == [["modifiers and default quantities", "done × 1", "done × 2"]]
    assert changes["pizza-s"] == [["stock", "", "7"]]


def test_applying_changes_the_catalog_and_is_recorded(client, merchant, owner):
    upload(client, changed_menu())
    press(client, work(), "apply")

    catalog_import = work()

    assert catalog_import.state == State.DONE
    assert catalog_import.content is None
    assert catalog_import.finished_at is not None
    assert catalog_import.note == "Added: 1, changed: 3, removed (archived): 1, switched off: 1."
    assert canonical(exporter.export(merchant))["item_family"][0]["price_amount"] == 950
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (owner, str(catalog_import.pk))
    assert entry.change_message == f"Imported. {catalog_import.note}"
    listed = client.get("/admin/catalog/catalogimport/").content.decode()
    assert "menu.json" in listed
    assert catalog_import.note in listed
    assert "Pat Owner" in listed


def test_a_dropped_import_discards_its_file(client, merchant):
    before = exporter.export(merchant)
    upload(client, changed_menu())
    press(client, work(), "drop")

    catalog_import = only()
    assert (catalog_import.state, catalog_import.content) == (State.DROPPED, None)
    press(client, catalog_import, "apply")
    assert work().state == State.DROPPED
    assert exporter.export(merchant) == before


def test_an_identical_catalog_is_done_at_once(client, merchant):
    upload(client, exporter.export(merchant))

    assert work().note == "The catalog is already up to date: nothing changes."
    assert only().state == State.DONE


def test_a_merge_only_adds_and_changes(client, merchant):
    tea = {"provider_id": "tea", "name": "Tea", "price_amount": 300}
    upload(client, {"item_family": [tea]}, mode="merge")
    assert {name: part["count"] for name, part in work().report.items()} == {
        "added": 1, "changed": 0, "removed": 0, "switched_off": 0,
    }  # fmt: skip
    press(client, only(), "apply")

    assert work().state == State.DONE
    assert ItemFamily.objects.filter(merchant=merchant, archived_at=None).count() == 5


def test_an_invalid_file_is_refused_with_sheet_row_and_column(client, merchant):
    before = exporter.export(merchant)
    upload(
        client,
        b"type,id,name,active,rate,default,inclusive\ntax,vat,VAT,,8p,,\n",
        name="menu.CSV",
        mode="merge",
    )

    catalog_import = work()

    assert (catalog_import.state, catalog_import.content) == (State.REFUSED, None)
    assert "Row 2, column E “rate” contains “8p”: enter a number like 8.25." in page_of(
        client, catalog_import
    )
    assert exporter.export(merchant) == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("menu.pdf", b"x", "Choose a .json, .csv or .xlsx file."),
        ("menu", b"x", "Choose a .json, .csv or .xlsx file."),
        ("menu.json", b"", "The file is empty."),
        ("menu.json", b"x" * 2_000_000, "The file has 2 MB; the limit is 50 MB. Import it with"),
    ],
)
def test_an_unusable_file_is_refused_at_once(client, monkeypatch, name, content, sentence):
    monkeypatch.setattr("catalog.admin.imports.form.MAX_BYTES", 1_000_000)

    answer = upload(client, content, name=name)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not CatalogImport.objects.exists()


def test_a_form_without_a_file_or_with_an_unknown_mode_is_refused(client):
    assert "Choose a file." in client.post(PAGE, {"mode": "replace"}).content.decode()
    answer = upload(client, changed_menu(), mode="destroy")
    assert "destroy is not one of the available choices" in answer.content.decode()
    assert not CatalogImport.objects.exists()


def test_a_long_file_name_is_truncated(client):
    upload(client, changed_menu(), name="a\x00\x1b<i>" + "ä" * 300 + ".json")

    catalog_import = work()

    assert catalog_import.file_name == "ä" * 195 + ".json"
    assert catalog_import.state == State.READY


def test_a_running_import_is_reported_and_replaces_a_waiting_plan(client):
    upload(client, changed_menu())
    answer = upload(client, changed_menu())
    assert "Another import for Harbor Kitchen is running" in answer.content.decode()
    assert CatalogImport.objects.count() == 1

    first = work()
    assert upload(client, changed_menu()).status_code == 302
    first.refresh_from_db()
    assert (first.state, first.content) == (State.DROPPED, None)


def test_the_result_lists_objects_that_stream_does_not_get(client, merchant):
    factories.family(merchant, provider_id="broken", name="Broken dish", price_amount=None)
    upload(client, changed_menu())
    press(client, work(), "apply")

    shown = page_of(client, work())

    assert "Not sent to Stream" in shown
    assert "Broken dish" in shown
    assert "It has neither a price nor a size" in shown


def test_exports_download_the_whole_catalog_or_a_locations(client, merchant, location):
    burger = ItemFamily.objects.get(provider_id="burger")
    models.FamilyAtLocation.objects.create(object=burger, location=location, price_amount=1234)
    export = "/admin/catalog/catalogimport/export/"

    whole = client.get(f"{export}?format=json")
    of_location = client.get(f"{export}?format=json&location=loc_downtown")
    book = client.get(f"{export}?format=xlsx")
    text = client.get(f"{export}?format=csv")

    assert whole.content == exporter.export(merchant)
    assert of_location.content == exporter.export(merchant, location)
    assert whole["Content-Disposition"].startswith('attachment; filename="harbor-kitchen-')
    assert of_location["Content-Disposition"].startswith('attachment; filename="downtown-')
    assert text.content.startswith("\ufefftype,id,name".encode())
    assert openpyxl.load_workbook(io.BytesIO(book.content))["Items"]["A2"].value == "pizza-s"
    assert client.get(f"{export}?format=pdf").status_code == 404
    assert client.get(f"{export}?format=csv&location=nix").status_code == 404
    page = client.get(PAGE).content.decode()
    assert "format=xlsx&amp;location=loc_downtown" in page


def test_a_menu_too_large_for_a_workbook_is_refused_with_advice(client, monkeypatch):
    monkeypatch.setattr(bounded_export, "LIMITS", Limits(memory_mb=16, seconds=60))
    export = "/admin/catalog/catalogimport/export/"

    answer = client.get(f"{export}?format=xlsx", follow=True)

    assert answer.redirect_chain[0][0].startswith(PAGE)
    assert (
        "This menu is too large to export as XLSX here: choose JSON or use the command"
        " export_catalog."
    ) in answer.content.decode()
    assert client.get(f"{export}?format=json").status_code == 200


def test_an_export_while_others_export_is_told_to_try_again(client):
    with bounded_export.turns.take(), bounded_export.turns.take():
        answer = client.get("/admin/catalog/catalogimport/export/?format=csv")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
