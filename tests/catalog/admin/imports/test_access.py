"""Access to imports."""

from typing import Any

import orjson
import pytest

from catalog.import_export import importer
from catalog.models import CatalogImport, ItemFamily, LocationAccess
from tests.catalog.support.import_page import PAGE, changed_menu, only, page_of, press, upload, work
from tests.sandbox.support import sample_catalog
from tests.support import factories

State = CatalogImport.State
LIST = "/admin/catalog/catalogimport/"
EXPORT = f"{LIST}export/?format=json"


@pytest.fixture
def waiting(browser_client: Any, owner: Any, location: Any) -> CatalogImport:
    """An import of the owner that waits for approval."""
    importer.import_catalog(owner.merchant, orjson.dumps(sample_catalog.catalog()), merge=False)
    upload(browser_client(owner), changed_menu())
    return work()


def addresses(waiting: CatalogImport) -> list[str]:
    return [PAGE, EXPORT, LIST, f"{LIST}{waiting.pk}/change/", f"{LIST}{waiting.pk}/progress/"]


def sidebar(client: Any) -> str:
    return str(client.get("/admin/").content.decode())


def test_a_manager_may_import(browser_client, merchant, waiting):
    client = browser_client(factories.user(merchant, "manager"))

    assert PAGE in sidebar(client)
    assert [client.get(address).status_code for address in addresses(waiting)] == [200] * 5
    press(client, waiting, "apply")
    assert work().state == State.DONE


@pytest.mark.parametrize(("role", "is_limited"), [("kitchen", False), ("manager", True)])
def test_the_kitchen_and_limited_users_may_not_import(
    browser_client, merchant, location, waiting, role, is_limited
):
    user = factories.user(merchant, role)
    if is_limited:
        LocationAccess.objects.create(user=user, location=location)
    client = browser_client(user)

    assert PAGE not in sidebar(client)
    assert [client.get(address).status_code for address in addresses(waiting)] == [403] * 5
    assert upload(client, changed_menu()).status_code == 403
    assert press(client, waiting, "apply").status_code == 403
    assert press(client, waiting, "drop").status_code == 403
    assert only().state == State.READY


def test_another_merchants_imports_are_not_found(browser_client, waiting, location):
    other = factories.merchant(name="Casa Verde")
    client = browser_client(factories.user(other, "owner", email="rosa@example.com"))

    assert client.get(addresses(waiting)[3]).status_code == 404
    assert client.get(addresses(waiting)[4]).status_code == 404
    assert press(client, waiting, "apply").status_code == 404
    assert press(client, waiting, "drop").status_code == 404
    assert "menu.json" not in client.get(LIST).content.decode()
    assert "menu.json" not in client.get(f"{PAGE}?merchant={waiting.merchant_id}").content.decode()
    assert only().state == State.READY
    export = f"{EXPORT}&merchant={waiting.merchant_id}"
    assert client.get(export).json()["item_family"] == []
    assert client.get(f"{export}&location={location.provider_id}").status_code == 404


def test_an_upload_always_goes_to_the_users_merchant(browser_client, waiting):
    other = factories.merchant(name="Casa Verde")
    client = browser_client(factories.user(other, "owner", email="rosa@example.com"))

    upload(client, changed_menu(), merchant=str(waiting.merchant_id))
    press(client, work(), "apply")

    assert work().merchant == other
    assert (
        ItemFamily.objects.get(merchant=waiting.merchant, provider_id="burger").price_amount == 900
    )


def test_our_own_staff_choose_a_merchant_first(browser_client, merchant, waiting):
    client = browser_client(factories.user(None, "", is_superuser=True))

    choice = client.get(PAGE).content.decode()
    assert "Import and export: which merchant?" in choice
    assert f'href="?merchant={merchant.pk}"' in choice
    assert "which merchant?" in client.get(EXPORT).content.decode()
    assert "which merchant?" in upload(client, changed_menu()).content.decode()
    assert "menu.json" in client.get(f"{PAGE}?merchant={merchant.pk}").content.decode()
    upload(client, changed_menu(), merchant=str(merchant.pk))
    press(client, work(), "apply")
    assert work().state == State.DONE


def test_imports_cannot_be_edited_or_deleted(browser_client, owner, waiting):
    client = browser_client(owner)

    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{waiting.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{LIST}{waiting.pk}/change/", {"state": "done", "file_name": "other"})
    assert only().file_name == "menu.json"
    assert client.get(f"{LIST}{waiting.pk}/press/apply/").status_code == 405
    assert press(client, waiting, "export").status_code == 404
    assert client.get(f"{LIST}{2**70}/progress/").status_code in (400, 404)
    assert client.get(f"{LIST}x/change/").status_code == 404


def test_the_number_of_queries_does_not_depend_on_the_imports(
    browser_client, owner, merchant, waiting, django_assert_max_num_queries
):
    client = browser_client(owner)
    for name in "abc":
        CatalogImport.objects.create(
            merchant=merchant, user=owner, file_name=name, state=State.DONE, content=b"x" * 999
        )
    for address in (PAGE, LIST):
        client.get(address)
        with django_assert_max_num_queries(12) as captured:
            client.get(address)
        assert not any('"content"' in query["sql"] for query in captured.captured_queries)
    assert "not applied" in page_of(client, waiting).lower()
