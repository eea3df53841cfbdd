"""The page of an import tells all errors of a file, and applies only what a person has seen."""

import csv
import io
import re
from html import escape

from catalog import models
from catalog.import_export import exporter
from catalog.models import CatalogImport, ItemFamily
from tests.catalog.support.import_page import PAGE, changed_menu, only, page_of, press, upload, work
from tests.support.markup import compact

from .test_page import client, sample

__all__ = ["client", "sample"]
State = CatalogImport.State


def test_merging_is_the_default_and_replacing_asks_first(client, merchant):
    page = compact(client.get(PAGE).content.decode())
    assert re.search(r'value="merge"[^>]*checked', page)
    assert not re.search(r'value="replace"[^>]*checked', page)
    catalog = changed_menu()
    del catalog["modifier_group"][3]
    catalog["item_family"][1]["modifier_group_ids"] = []
    upload(client, catalog)
    catalog_import = work()
    before = exporter.export(merchant)

    shown = page_of(client, catalog_import)
    assert "Remove what the file lacks: 1 item family, 1 modifier group." in shown
    assert 'name="removed" value="2" required' in compact(shown)
    for removed in ("", "1", "3"):
        press(client, catalog_import, "apply", removed=removed)
        assert only().state == State.READY
    assert "confirm first that what the file lacks (2) may go" in page_of(client, catalog_import)
    press(client, catalog_import, "apply")

    assert only().state == State.APPLYING
    assert exporter.export(merchant) == before
    assert work().state == State.DONE
    assert models.ModifierGroup.objects.filter(archived_at=None).count() == 3


def test_only_the_plan_that_the_page_showed_is_applied(client, merchant):
    upload(client, changed_menu())
    shown = work()
    press(client, shown, "apply")
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)
    assert work().state == State.READY  # With another plan, which nobody has seen yet.

    press(client, shown, "apply")
    press(client, shown, "apply", plan="")

    assert only().state == State.READY
    assert "The plan has changed since you opened its page" in page_of(client, only())
    press(client, only(), "apply")
    assert only().state == State.APPLYING


def test_all_errors_of_a_file_are_a_table_and_a_download(client, merchant):
    before = exporter.export(merchant)
    text = (
        "type,id,name,active,rate,default,inclusive\n"
        "tax,vat,VAT,,8p,,\n"
        "tax,a b,=cmd(),maybe,1,,\n"
        "dish,x,X,,,,\n"
        "tax,c,#REF!,,-1,,\n"
    )
    upload(client, text.encode(), name="menu.csv", mode="merge")

    catalog_import = work()

    assert catalog_import.note == "The file has 6 errors. Nothing was changed."
    rows = [
        ["tax", "2", "E “rate”", "8p", "Contains “8p”: enter a number like 8.25."],
        ["tax", "3", "B “id”", "a b", "Must be 1 to 128 letters, digits or symbols, without"
         " spaces."],
        ["tax", "3", "D “active”", "maybe", "Contains “maybe”: enter yes or no."],
        ["", "4", "A “type”", "dish", "Contains “dish”: enter one of menu, category, item family,"
         " item, modifier group, modifier, tax."],
        ["tax", "5", "C “name”", "#REF!", "Contains the error #REF!: enter a value."],
        ["tax", "5", "E “rate”", "-1", "Must be at least 0."],
    ]  # fmt: skip
    assert catalog_import.report == {"errors": {"count": 6, "shown": rows}}
    shown = compact(page_of(client, catalog_import))
    for row in rows:
        assert "".join(f"<td><bdi>{escape(text)}</bdi></td>" for text in row) in shown
    address = f"/admin/catalog/catalogimport/{catalog_import.pk}/errors.csv"
    assert address in shown
    written = list(csv.reader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
    told = [["sheet", "row", "column", "value", "what to write"], *rows]
    assert [[text.removeprefix("'") for text in row] for row in written] == told
    assert written[-1][3] == "'-1"
    assert exporter.export(merchant) == before


def test_of_very_many_errors_the_first_are_listed_and_all_are_counted(client):
    lines = [f"tax,t{number},T,,x,," for number in range(700)]
    text = "\n".join(["type,id,name,active,rate,default,inclusive", *lines])
    upload(client, text.encode(), name="menu.csv", mode="merge")

    catalog_import = work()

    assert catalog_import.note == "The file has 700 errors. Nothing was changed."
    assert len(catalog_import.report["errors"]["shown"]) == 500
    assert "And 200 more." in page_of(client, catalog_import)


def test_errors_are_told_without_what_a_database_cannot_hold(client):
    item = {"provider_id": "a\0b", "name": "x\0y", "price_amount": 1}
    upload(client, {"item": [item]}, mode="merge")

    catalog_import = work()

    assert catalog_import.state == State.REFUSED
    rows = catalog_import.report["errors"]["shown"]
    assert [row[:4] for row in rows] == [
        ["item", "1 (ab)", "provider_id", "ab"],
        ["item", "1 (ab)", "name", "xy"],
    ]
    assert "\0" not in catalog_import.note


def test_an_import_without_errors_has_none_to_download(client):
    upload(client, changed_menu())
    address = f"/admin/catalog/catalogimport/{work().pk}/errors.csv"
    assert client.get(address).status_code == 404


def test_two_plans_cannot_be_applied_at_once(client, merchant, owner):
    upload(client, changed_menu())
    catalog_import = work()
    CatalogImport.objects.create(merchant=merchant, user=owner, state=State.APPLYING)

    press(client, catalog_import, "apply")

    catalog_import.refresh_from_db()
    assert catalog_import.state == State.READY
    assert "Another import for Harbor Kitchen is running" in page_of(client, catalog_import)
