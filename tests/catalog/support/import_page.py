"""Start imports on their page, and run them like a worker."""

import json
from typing import Any

import orjson
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.import_jobs import worker as import_worker
from catalog.models import CatalogImport
from tests.sandbox.support import sample_catalog

PAGE = "/admin/catalog/catalogimport/transfer/"


def upload(
    client: Any, content: Any, *, name: str = "menu.json", mode: str = "replace", **fields: Any
) -> Any:
    """Submit a file, or a catalog as JSON, in the page's form."""
    if not isinstance(content, bytes):
        content = orjson.dumps(content)
    data = {"file": SimpleUploadedFile(name, content), "mode": mode, **fields}
    return client.post(PAGE, data)


def changed_menu() -> dict[str, Any]:
    """Return the sample catalog with objects added, changed, removed and switched off."""
    catalog: dict[str, Any] = json.loads(json.dumps(sample_catalog.catalog()))
    burger, soda = catalog["item_family"][1], catalog["item_family"][2]
    burger["price_amount"] = 950
    burger["name"] = "<b>Burger</b>"
    soda["provider_id"], soda["name"] = "tea", "Tea"
    catalog["category"][1]["item_family_ids"] = ["wine", "tea"]
    catalog["modifier"][0]["is_active"] = False
    return catalog


def only() -> CatalogImport:
    return CatalogImport.objects.get()


def work() -> CatalogImport:
    """Run the newest import like a worker, and return it."""
    newest = CatalogImport.objects.order_by("-pk")[0]
    import_worker.run(newest.pk)
    newest.refresh_from_db()
    return newest


def press(client: Any, catalog_import: CatalogImport, button: str, **fields: Any) -> Any:
    """Press a button of the import's page as it shows this plan, with all that it asks for."""
    removed = catalog_import.report.get("removed", {}).get("count", 0)
    data = {"plan": catalog_import.fingerprint, "removed": removed} | fields
    return client.post(f"/admin/catalog/catalogimport/{catalog_import.pk}/press/{button}/", data)


def page_of(client: Any, catalog_import: CatalogImport) -> str:
    response = client.get(f"/admin/catalog/catalogimport/{catalog_import.pk}/change/")
    assert response.status_code == 200
    return str(response.content.decode())
