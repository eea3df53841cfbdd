"""Edit objects, and read their change history."""

from typing import Any

import pytest
from django.urls import reverse

from catalog.models import ItemFamily, ObjectChange
from tests.support import factories
from tests.support.admin_forms import filled


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def burger(merchant: Any) -> ItemFamily:
    family = factories.family(merchant, name="Burger", price_amount=1000)
    ObjectChange.objects.all().delete()
    return family


def save(client: Any, obj: Any, **fields: Any) -> None:
    url = reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])
    assert client.post(url, filled(client.get(url)) | fields).status_code == 302


def recorded_changes() -> list[tuple[str, str, str, list[Any]]]:
    """Return object, row, action and changes, in order."""
    changes = ObjectChange.objects.order_by("pk")
    return [(change.name, change.row, change.action, change.changes) for change in changes]


def history_page(client: Any, obj: Any, query: str = "") -> str:
    url = reverse(f"admin:catalog_{obj._meta.model_name}_history", args=[obj.pk])
    response = client.get(url + query)
    assert response.status_code == 200
    return str(response.content.decode())
